//! Files on the real way: device store, real HTTP, the real server's folder.
#![allow(clippy::unwrap_used)]

mod link;
mod town;

use doorstep_client_core::store::FileState;
use doorstep_forms::Attachment;
use doorstep_server::store::attachments::Attachments;
use doorstep_server::store::records::{At, Records};
use link::{Link, PIECE};
use town::{Town, photo};

/// What the acceptance speaks of: a photo of 1.5 MB.
const PHOTO: usize = 1_500_000;

/// A submitted household with a photo, on the phone and not at the server.
fn filled(
    town: &Town,
    phone: &mut doorstep_client_core::Device,
    content: &[u8],
) -> doorstep_records::RecordId {
    let record = phone.new_record("house", Some("A1"), None).unwrap();
    let mut session = phone.session(record).unwrap();
    session.answer_text("name", "测试户").unwrap();
    session.attach("photo", content, Some("/sdcard/屋.jpg")).unwrap();
    session.submit(None, false).unwrap();
    assert!(town.flags(record).is_empty(), "nothing was sent yet");
    record
}

#[test]
fn on_a_link_that_drops_every_100_kb_no_byte_is_sent_twice() {
    let town = Town::new();
    let mut li = town.phone("li");
    let content = photo(1, PHOTO);
    let record = filled(&town, &mut li, &content);
    let link = Link::to(&town.url, PIECE);
    let report = li.sync(&link.transport()).unwrap();
    assert_eq!((report.files_sent, li.standing().unwrap().files_unsent), (1, 0));
    let counts = link.counts();
    assert!(counts.cuts >= (PHOTO / PIECE) as u64, "{counts:?}");
    assert_eq!(counts.up, PHOTO as u64, "{counts:?}");
    assert_eq!(town.flags(record), [""; 0]);

    let mut wang = town.phone("wang");
    wang.want_file(record, "photo").unwrap();
    let link = Link::to(&town.url, PIECE);
    let report = wang.sync(&link.transport()).unwrap();
    assert_eq!(report.files_fetched, 1);
    let counts = link.counts();
    assert!(counts.cuts >= (PHOTO / PIECE) as u64, "{counts:?}");
    assert_eq!(counts.down, PHOTO as u64, "{counts:?}");
    let file = wang.file(record, "photo").unwrap();
    assert_eq!((file.state, file.attachment.name.as_deref()), (Some(FileState::Fetched), Some("屋.jpg")));
    assert_eq!(wang.file_content(&file.attachment).unwrap(), Some(content));
}

#[test]
fn many_photos_go_on_where_they_were_sync_after_sync() {
    let town = Town::new();
    let mut li = town.phone("li");
    let photos: Vec<Vec<u8>> = (0..12).map(|seed| photo(seed, 90_000 + usize::from(seed) * 7_000)).collect();
    let total: usize = photos.iter().map(Vec::len).sum();
    for content in &photos {
        filled(&town, &mut li, content);
    }
    let (mut sent, mut syncs) = (0, 0);
    // Each sync gives up after a few cuts; the phone is closed and opened again between two.
    while li.standing().unwrap().files_unsent > 0 {
        let link = Link::to(&town.url, 60_000).that_ends_after(4);
        let _ = li.sync(&link.transport());
        sent += link.counts().up;
        syncs += 1;
        drop(li);
        li = town.phone("li");
        assert!(syncs < 100);
    }
    assert!(syncs > 3, "{syncs}");
    assert_eq!(sent, total as u64, "no byte twice, over {syncs} syncs");
    let checked = town.store().attachments_verify().unwrap();
    assert_eq!((checked.sound, checked.awaited.len(), checked.strays), (12, 0, 0));
}

#[test]
fn the_same_photo_is_sent_once_and_what_the_server_does_not_take_stays_and_is_told() {
    let town = Town::new();
    let (mut li, mut wang) = (town.phone("li"), town.phone("wang"));
    let content = photo(1, 30_000);
    let record = filled(&town, &mut li, &content);
    li.sync(&town.transport()).unwrap();
    // Another phone of the same village sees that record: its own copy of the photo is not sent.
    wang.sync(&town.transport()).unwrap();
    let other = filled(&town, &mut wang, &content);
    let link = Link::to(&town.url, usize::MAX);
    wang.sync(&link.transport()).unwrap();
    assert_eq!((link.counts().up, wang.standing().unwrap().files_unsent), (0, 0));
    assert_eq!((town.flags(record), town.flags(other)), (Vec::new(), Vec::new()));

    let record = wang.new_record("house", Some("A1"), None).unwrap();
    let mut session = wang.session(record).unwrap();
    assert!(session.attach("photo", b"<svg onload=alert(1)>", None).is_err());
    assert!(session.attach("photo", b"", None).is_err());
    assert!(session.attach("photo", &photo(1, 3_000_000), None).is_err(), "the question takes 2 MB");
    assert!(session.attach("name", &content, None).is_err(), "no question for a file");
    assert!(session.answers().get("photo").is_none());
}

#[test]
fn a_photo_that_has_not_come_is_flagged_and_its_phone_keeps_it() {
    let town = Town::new();
    let mut li = town.phone("li");
    let content = photo(3, 500_000);
    let record = filled(&town, &mut li, &content);
    // Enough for the record, not for the photo.
    let link = Link::to(&town.url, 60_000).that_ends_after(2);
    assert!(li.sync(&link.transport()).is_err());
    assert_eq!(town.flags(record), ["attachments_missing photo"]);
    let file = li.file(record, "photo").unwrap();
    assert_eq!(file.state, Some(FileState::Queued));
    assert_eq!(li.file_content(&file.attachment).unwrap(), Some(content));
    let mut wang = town.phone("wang");
    wang.want_file(record, "photo").unwrap();
    wang.sync(&town.transport()).unwrap();
    assert_eq!(wang.file(record, "photo").unwrap().state, Some(FileState::Absent), "told, and nobody fails");
    li.sync(&town.transport()).unwrap();
    assert_eq!(town.flags(record), [""; 0]);
    wang.want_file(record, "photo").unwrap();
    wang.sync(&town.transport()).unwrap();
    assert_eq!(wang.file(record, "photo").unwrap().state, Some(FileState::Fetched));
}

#[test]
fn nobody_outside_the_area_fetches_a_photo_though_they_know_its_name() {
    let town = Town::new();
    let (mut li, mut zhao) = (town.phone("li"), town.phone("zhao"));
    let content = photo(4, 50_000);
    let record = filled(&town, &mut li, &content);
    li.sync(&town.transport()).unwrap();
    let known: Attachment = li.file(record, "photo").unwrap().attachment;
    // A record of their own with the same answer, as a foreign program could write it.
    let theirs = zhao.new_record("house", Some("C"), None).unwrap();
    let mut session = zhao.session(theirs).unwrap();
    session.answer("name", &serde_json::json!("外")).unwrap();
    session.answer("photo", &serde_json::json!(known.canonical())).unwrap();
    session.submit(None, false).unwrap();
    zhao.want_file(theirs, "photo").unwrap();
    zhao.sync(&town.transport()).unwrap();
    assert_eq!(zhao.file(theirs, "photo").unwrap().state, Some(FileState::Absent));
    assert_eq!(zhao.file_content(&known).unwrap(), None);
    assert_eq!(town.flags(theirs), ["attachments_missing photo"]);
    let store = town.store();
    let view = store.record_get(&town.scope("shen"), record, &At::Now).unwrap();
    assert_eq!(view.answers["photo"].value, serde_json::json!(known.canonical()));
}
