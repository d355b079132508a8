//! People: what they see from now on, how long they are signed in, and what is left of them when they are gone.

use doorstep_protocol::ProblemKind;

use crate::accounts::model::{SESSION_IDLE_MS, SESSION_LIFE_MS, SESSION_TOUCH_MS};
use crate::accounts::role::Role;
use crate::review::model::RecordFilter;
use crate::store::accounts::Accounts;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, PAGE, Subject, TOWN, WEST, World, quarantined};
use crate::store::records::Records;

pub(crate) fn an_account_sees_what_its_areas_hold_from_now_on<S: Subject>() {
    let world = World::<S>::new();
    let store = world.store();
    world.user("li", Role::Enumerator, &[EAST]);
    let chief = world.supervisor();
    let west = vec![WEST.to_owned()];
    let view = store.user_grant(&chief, "li", Role::Enumerator, &west, world.now()).unwrap();
    assert_eq!((view.areas, view.role), (west.clone(), "enumerator"));
    let scope = world.scope("li");
    assert!(scope.covers("99/9911/991102/") && !scope.covers("99/9911/991101/"));
    let version = scope.version();
    store.user_grant(&chief, "li", Role::Enumerator, &west, world.now()).unwrap();
    assert_eq!(world.scope("li").version(), version, "the same again is no new scope");

    let grant = |user: &str, role, area: &str| {
        let refused = store.user_grant(&chief, user, role, &[area.to_owned()], world.now());
        refused.unwrap_err().kind()
    };
    assert_eq!(grant("li", Role::Enumerator, "99"), ProblemKind::Invalid, "outside looks like unknown");
    assert_eq!(grant("li", Role::Enumerator, "nowhere"), ProblemKind::Invalid);
    assert_eq!(grant("li", Role::Supervisor, EAST), ProblemKind::NotAllowed);
    assert_eq!(grant("nobody", Role::Enumerator, EAST), ProblemKind::NotFound);
    assert_eq!(store.user_list(&chief).unwrap().len(), 2);
}

pub(crate) fn sessions_end<S: Subject>() {
    let world = World::<S>::new();
    let store = world.store();
    let user = world.user("li", Role::Enumerator, &[EAST]);
    let begun = world.now();
    assert_eq!(store.session_begin(user, &[9; 32], begun).unwrap().user(), Some(user));
    let refused = |at_ms| {
        let kind = store.session_open(&[9; 32], at_ms).unwrap_err().kind();
        assert_eq!(kind, ProblemKind::SignInRequired);
    };
    let open = store.session_open(&[9; 32], begun + SESSION_IDLE_MS - 1).unwrap();
    assert!(open.touch && open.scope.user_name() == "li");
    assert!(!store.session_open(&[9; 32], begun + SESSION_TOUCH_MS - 1).unwrap().touch);
    refused(begun + SESSION_IDLE_MS);
    let mut now = begun;
    while now + SESSION_IDLE_MS / 2 < begun + SESSION_LIFE_MS {
        now += SESSION_IDLE_MS / 2;
        store.session_open(&[9; 32], now).unwrap();
        store.session_touch(&[9; 32], now).unwrap();
    }
    refused(begun + SESSION_LIFE_MS);
    store.session_end(&[9; 32]).unwrap();
    store.session_end(&[9; 32]).unwrap();
    refused(begun + 1);
    assert_eq!(store.session_open(&[8; 32], begun).unwrap_err().kind(), ProblemKind::SignInRequired);
}

pub(crate) fn closed_people_and_revoked_phones_deliver_into_quarantine_and_receive_nothing<S: Subject>() {
    let world = World::<S>::new();
    let store = world.store();
    world.user("li", Role::Enumerator, &[EAST]);
    let gone = world.user("wang", Role::Enumerator, &[EAST]);
    store.session_begin(gone, &[9; 32], world.now()).unwrap();
    let (mut revoked, mut closed) = (world.phone("li"), world.phone("wang"));
    let known = closed.household(&world, EAST, "before");
    let session = world.session(&closed);
    let signed = [&mut revoked, &mut closed].map(|phone| {
        let (_, items) = phone.begin(&world, EAST, &[("name", "signed before")]);
        phone.seal(&world, items)
    });
    let correction = closed.write(&world, known, &[("name", "after")]);
    let correction = closed.seal(&world, vec![correction]);
    store.device_revoke(&operator(), revoked.id(), world.now()).unwrap();
    store.user_close(&operator(), "wang", world.now()).unwrap();

    for (phone, envelope) in [(&mut revoked, &signed[0]), (&mut closed, &signed[1])] {
        assert_eq!(world.push(phone, envelope), vec![quarantined("device_revoked"); 2]);
        assert_eq!(world.push(phone, envelope), vec![quarantined("device_revoked"); 2]);
        let refusal = world.pull_page(phone, PAGE).unwrap_err();
        assert_eq!(refusal.kind(), ProblemKind::DeviceRevoked);
    }
    assert_eq!(world.push(&closed, &correction), [quarantined("device_revoked")]);
    assert_eq!(world.session(&closed), session, "it may go on delivering");
    let listed = store.record_list(&operator(), &RecordFilter::default(), None, 10).unwrap();
    assert_eq!(listed.total, 1);
    assert_eq!(world.view(known).answers["name"].value, "before");

    assert!(store.credentials("wang").unwrap().is_none());
    assert_eq!(store.scope_of("wang", world.now()).unwrap_err().kind(), ProblemKind::NotFound);
    assert_eq!(store.session_open(&[9; 32], world.now()).unwrap_err().kind(), ProblemKind::SignInRequired);
    let invited = store.device_invite(&operator(), "wang", &[7; 32], world.now());
    assert_eq!(invited.unwrap_err().kind(), ProblemKind::NotFound);
    world.user("far", Role::Supervisor, &[WEST]);
    let far = world.scope("far");
    assert_eq!(store.user_close(&far, "li", world.now()).unwrap_err().kind(), ProblemKind::NotFound);
    world.user("peer", Role::Supervisor, &[TOWN]);
    let kind = store.user_close(&world.scope("peer"), "chief", world.now()).unwrap_err().kind();
    assert_eq!(kind, ProblemKind::NotAllowed);
}
