//! How a phone comes to belong to a person, and proves it.

use doorstep_protocol::{ProblemKind, limits};
use ed25519_dalek::SigningKey;

use crate::accounts::role::Role;
use crate::store::accounts::Accounts;
use crate::store::conformance::world::operator;
use crate::store::conformance::{EAST, Subject, World};
use crate::store::sync::SyncStore;

pub(crate) fn a_code_binds_one_key<S: Subject>() {
    let world = World::<S>::new();
    let user = world.user("li", Role::Enumerator, &[EAST]);
    let (one, other) = (SigningKey::from_bytes(&[3; 32]), SigningKey::from_bytes(&[4; 32]));
    let (code, ends_ms) = world.invite("li");
    let unusable = |key, code: &str, now_ms| {
        assert_eq!(world.enrol(key, code, now_ms).unwrap_err().kind(), ProblemKind::CodeUnusable);
    };
    unusable(&one, &code, ends_ms);
    let enrolled = world.enrol(&one, &code, ends_ms - 1).unwrap();
    assert_eq!((enrolled.user.id, enrolled.user.name.as_str()), (user, "li"));
    assert_eq!(world.enrol(&one, &code, ends_ms - 1).unwrap(), enrolled, "a lost answer costs no code");
    unusable(&other, &code, ends_ms - 1);
    unusable(&other, "00000-00000", world.now());
    unusable(&other, "x", world.now());
    // A key belongs to one person for ever.
    world.user("wang", Role::Enumerator, &[EAST]);
    let (code, ends_ms) = world.invite("wang");
    unusable(&one, &code, ends_ms - 1);
    let devices = world.store().device_list(&operator()).unwrap();
    assert_eq!(devices.len(), 1);
    assert_eq!((devices[0].id, devices[0].user.as_str()), (enrolled.device, "li"));
}

pub(crate) fn a_challenge_is_answered_once<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let (phone, other) = (world.phone("li"), world.phone("li"));
    let begun = world.now();
    let refused = |phone, answer, now_ms| {
        assert_eq!(world.hello(phone, answer, now_ms).unwrap_err().kind(), ProblemKind::SignInRequired);
    };
    let nonce = world.challenge(&phone, begun);
    refused(&other, (nonce, &other.key), begun);
    let hello = world.hello(&phone, (nonce, &phone.key), begun).unwrap();
    assert_eq!((hello.user.id, hello.watermark), (phone.user, 0));
    refused(&phone, (nonce, &phone.key), begun);
    let nonce = world.challenge(&phone, begun);
    refused(&phone, (nonce, &other.key), begun);
    let nonce = world.challenge(&phone, begun);
    refused(&phone, (nonce, &phone.key), begun + i64::from(limits::CHALLENGE_SECONDS) * 1_000);
    refused(&phone, ([0; 32], &phone.key), begun);
}

pub(crate) fn a_phone_session_lasts_an_hour<S: Subject>() {
    let world = World::<S>::new();
    world.user("li", Role::Enumerator, &[EAST]);
    let phone = world.phone("li");
    let begun = world.now();
    let nonce = world.challenge(&phone, begun);
    let token = world.hello(&phone, (nonce, &phone.key), begun).unwrap().token;
    let life_ms = i64::from(limits::SESSION_SECONDS) * 1_000;
    let session = world.store().device_session(&token, begun + life_ms - 1).unwrap();
    assert_eq!(session.device, phone.id());
    for (token, now_ms) in [(token.as_str(), begun + life_ms), ("nobody", begun), ("", begun)] {
        let refusal = world.store().device_session(token, now_ms).unwrap_err();
        assert_eq!(refusal.kind(), ProblemKind::SignInRequired);
    }
}
