//! Files that answers describe: taken from any byte, given to nobody who only knows their names, waited for by approvals.

use doorstep_forms::Attachment;
use doorstep_protocol::attachment::{Held, Wanted};
use doorstep_protocol::{AttachmentHash, ProblemKind, limits};
use doorstep_records::RecordId;

use crate::accounts::role::Role;
use crate::attachments::model::{Append, Cut};
use crate::reconcile::flag::FlagKind;
use crate::review::rule::{Decision, Refusal, Waiver};
use crate::store::StoreError;
use crate::store::attachments::Attachments;
use crate::store::conformance::world::{changed, operator};
use crate::store::conformance::{EAST, PAGE, Phone, Subject, WEST, World};
use crate::store::forms::Forms;
use crate::store::operations::Operations;
use crate::store::reviews::Decided;

/// The version whose questions ask for photos.
const VERSION: u32 = 2;

struct Photo {
    content: Vec<u8>,
    name: AttachmentHash,
}

fn photo(seed: u8, len: usize) -> Photo {
    let mut content = b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec();
    content.extend((0..len).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)));
    Photo { name: AttachmentHash::of(&content), content }
}

impl Photo {
    fn answer(&self) -> String {
        let (sha256, media_type) = (self.name.to_string(), "image/jpeg".to_owned());
        Attachment { sha256, bytes: self.len(), media_type, name: None }.canonical()
    }

    fn len(&self) -> u64 {
        self.content.len() as u64
    }

    fn wanted(&self) -> Wanted {
        Wanted { sha256: self.name, bytes: self.len() }
    }
}

fn world<S: Subject>() -> World<S> {
    let world: World<S> = World::new();
    let asking = changed(VERSION, |questions| {
        for (key, title) in [("photo", "照片"), ("paper", "证明")] {
            questions[key] = serde_json::json!({"title": title, "type": "object", "x-attachment": true});
        }
    });
    world.store().form_publish(&operator(), &asking, world.now()).unwrap();
    world.user("li", Role::Enumerator, &[EAST]);
    world.user("wang", Role::Enumerator, &[EAST]);
    world.user("zhao", Role::Enumerator, &[WEST]);
    world.supervisor();
    world
}

fn held<S: Subject>(world: &World<S>, phone: &Phone, photo: &Photo) -> (u64, bool) {
    let session = world.session(phone);
    let held = world.store().attachments_held(session, &[photo.wanted()], world.now()).unwrap();
    assert_eq!(held[0].sha256, photo.name);
    (held[0].bytes, held[0].complete)
}

/// Sends pieces from an offset on; a `None` among them is a cut.
fn append<S: Subject>(
    world: &World<S>,
    phone: &Phone,
    (name, bytes, offset): (AttachmentHash, u64, u64),
    pieces: &[Option<&[u8]>],
) -> Result<Held, StoreError> {
    let mut pieces = pieces.iter().map(|piece| piece.map(<[u8]>::to_vec).ok_or(Cut));
    let append = Append { sha256: name, bytes, offset };
    world.store().attachment_append(world.session(phone), &append, &mut pieces, world.now())
}

fn send<S: Subject>(world: &World<S>, phone: &Phone, photo: &Photo) {
    let (mut from, done) = held(world, phone, photo);
    assert!(!done);
    while from < photo.len() {
        let until = photo.content.len().min(from as usize + limits::ATTACHMENT_PIECE_BYTES);
        let piece = &photo.content[from as usize..until];
        from = append(world, phone, (photo.name, photo.len(), from), &[Some(piece)]).unwrap().bytes;
    }
    assert_eq!(held(world, phone, photo), (photo.len(), true));
}

fn kind(refused: Result<Held, StoreError>) -> ProblemKind {
    refused.unwrap_err().kind()
}

/// A submitted household whose answer describes a file.
fn with_photo<S: Subject>(world: &World<S>, phone: &mut Phone, area: &str, photo: &Photo) -> RecordId {
    let record = phone.household(world, area, "测试户");
    phone.edit_under(world, record, VERSION, &[("photo", &photo.answer())]);
    phone.complete_under(world, record, VERSION);
    world.settle();
    record
}

fn is_missing<S: Subject>(world: &World<S>, record: RecordId) -> bool {
    world.settle();
    let view = world.view(record);
    let flagged =
        view.flags.iter().any(|flag| flag.kind == FlagKind::AttachmentsMissing && flag.path == "photo");
    assert_eq!(flagged, view.violations.iter().any(|one| one.key == "attachments_missing"), "{view:?}");
    flagged
}

fn read<S: Subject>(world: &World<S>, user: &str, record: RecordId, photo: &Photo) -> Option<Vec<u8>> {
    match world.store().attachment_open(&world.scope(user), record, photo.name) {
        Ok(mut blob) => {
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut blob.file, &mut content).unwrap();
            Some(content)
        }
        Err(StoreError::NotFound) => None,
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn what_arrived_before_a_cut_is_kept_and_sending_goes_on_there<S: Subject>() {
    let (world, photo) = (world::<S>(), photo(1, 40_000));
    let li = world.phone("li");
    let at = |offset| (photo.name, photo.len(), offset);
    let piece = |from: usize, until: usize| Some(&photo.content[from..until]);
    assert_eq!(held(&world, &li, &photo), (0, false));
    let cut = append(&world, &li, at(0), &[piece(0, 7), piece(7, 9_000), None]);
    assert_eq!(kind(cut), ProblemKind::BadRequest);
    assert_eq!(held(&world, &li, &photo), (9_000, false));
    let twice = append(&world, &li, at(0), &[piece(0, 9_000)]);
    assert_eq!(kind(twice), ProblemKind::Conflict, "nothing is written where bytes are already");
    let ahead = append(&world, &li, at(9_001), &[piece(9_001, 9_100)]);
    assert_eq!(kind(ahead), ProblemKind::Conflict, "no gaps");
    let world = world.reopened();
    assert_eq!(held(&world, &li, &photo), (9_000, false), "also after the server ended");
    let more = append(&world, &li, at(9_000), &[piece(9_000, 40_000)]).unwrap();
    assert_eq!((more.bytes, more.complete), (40_000, false));
    let whole = append(&world, &li, at(40_000), &[piece(40_000, photo.content.len())]).unwrap();
    assert!(whole.complete);
    let again = append(&world, &li, at(0), &[piece(0, 100)]).unwrap();
    assert!(again.complete, "what is here is not taken again");
}

pub(crate) fn only_what_was_named_is_kept<S: Subject>() {
    let (world, photo) = (world::<S>(), photo(2, 5_000));
    let li = world.phone("li");
    let mut wrong = photo.content.clone();
    wrong[3_000] ^= 1;
    let at = (photo.name, photo.len(), 0);
    assert_eq!(kind(append(&world, &li, at, &[Some(&wrong)])), ProblemKind::Invalid);
    assert_eq!(held(&world, &li, &photo), (0, false), "thrown away");
    send(&world, &li, &photo);

    let page = b"<!doctype html><script>alert(1)</script>";
    let name = AttachmentHash::of(page);
    assert_eq!(kind(append(&world, &li, (name, 40, 0), &[Some(page)])), ProblemKind::UnsupportedMedia);
    let huge = limits::ATTACHMENT_BYTES + 1;
    assert_eq!(kind(append(&world, &li, (name, huge, 0), &[])), ProblemKind::TooLarge);
    for (bytes, offset) in [(0, 0), (10, 11)] {
        assert_eq!(kind(append(&world, &li, (name, bytes, offset), &[])), ProblemKind::BadRequest);
    }
    let longer = photo_of_piece_and_more();
    let all = [Some(&longer.content[..])];
    assert_eq!(kind(append(&world, &li, (longer.name, longer.len(), 0), &all)), ProblemKind::TooLarge);
    assert_eq!(held(&world, &li, &longer).0, limits::ATTACHMENT_PIECE_BYTES as u64, "a piece of it is kept");
    send(&world, &li, &longer);
}

fn photo_of_piece_and_more() -> Photo {
    photo(3, limits::ATTACHMENT_PIECE_BYTES + 5_000)
}

pub(crate) fn two_phones_send_the_same_file_and_neither_spoils_it<S: Subject>() {
    let (world, photo) = (world::<S>(), photo(4, 20_000));
    let (mut li, mut wang) = (world.phone("li"), world.phone("wang"));
    let (ours, theirs) =
        (with_photo(&world, &mut li, EAST, &photo), with_photo(&world, &mut wang, EAST, &photo));
    let at = |offset| (photo.name, photo.len(), offset);
    append(&world, &li, at(0), &[Some(&photo.content[..12_000])]).unwrap();
    let mut wrong = photo.content.clone();
    wrong[15_000] ^= 1;
    append(&world, &wang, at(0), &[Some(&wrong[..16_000])]).unwrap();
    assert_eq!((held(&world, &li, &photo).0, held(&world, &wang, &photo).0), (12_000, 16_000));
    assert!(append(&world, &li, at(12_000), &[Some(&photo.content[12_000..])]).unwrap().complete);
    assert!(!is_missing(&world, ours));
    world.pull(&mut wang, PAGE);
    assert_eq!(held(&world, &wang, &photo), (photo.len(), true), "seen in a record: nothing more to send");
    assert!(!is_missing(&world, theirs));
    assert_eq!(read(&world, "wang", theirs, &photo), Some(photo.content.clone()));
}

pub(crate) fn knowing_a_name_gives_nothing<S: Subject>() {
    let (world, secret, unknown) = (world::<S>(), photo(5, 9_000), photo(6, 9_000));
    world.supervisor();
    let (mut li, mut zhao) = (world.phone("li"), world.phone("zhao"));
    let east = with_photo(&world, &mut li, EAST, &secret);
    send(&world, &li, &secret);
    assert_eq!(read(&world, "li", east, &secret), Some(secret.content.clone()));
    assert_eq!(read(&world, "zhao", east, &secret), None, "outside the area");

    // They know the name: a record of their own that says it gives them nothing, and tells them nothing.
    let west = with_photo(&world, &mut zhao, WEST, &secret);
    let other = with_photo(&world, &mut zhao, WEST, &unknown);
    for (record, photo) in [(west, &secret), (other, &unknown)] {
        assert_eq!(held(&world, &zhao, photo), (0, false));
        assert_eq!(read(&world, "zhao", record, photo), None);
        assert_eq!(read(&world, "chief", record, photo), None);
        assert!(is_missing(&world, record));
    }
    assert_eq!(read(&world, "li", east, &unknown), None, "a record gives its own files only");
    assert_eq!(read(&world, "chief", east, &secret), Some(secret.content.clone()));

    // Who has the bytes shows them.
    send(&world, &zhao, &secret);
    assert_eq!(read(&world, "zhao", west, &secret), Some(secret.content.clone()));
    assert!(!is_missing(&world, west) && is_missing(&world, other));
    assert_eq!(read(&world, "zhao", east, &secret), None);
}

pub(crate) fn a_missing_file_blocks_approval_until_it_arrives_or_is_waived<S: Subject>() {
    let (world, photo, lost) = (world::<S>(), photo(7, 3_000), photo(8, 3_000));
    let mut li = world.phone("li");
    let (first, second) =
        (with_photo(&world, &mut li, EAST, &photo), with_photo(&world, &mut li, EAST, &lost));
    let decide = |record, waivers: &[Waiver]| {
        let heads = world.view(record).heads;
        world.decide(&world.supervisor(), record, Decision::Approve, &heads, waivers)
    };
    for record in [first, second] {
        assert!(is_missing(&world, record));
        let Decided::Refused(refused) = decide(record, &[]) else { panic!("approved without its file") };
        let Refusal::InvalidAnswers { violations } = &refused.refusal else { panic!("{refused:?}") };
        assert_eq!(
            (violations[0].key.as_str(), violations[0].path.as_str()),
            ("attachments_missing", "photo")
        );
    }
    send(&world, &li, &photo);
    assert!(!is_missing(&world, first), "its arrival alone takes the flag away");
    assert!(matches!(decide(first, &[]), Decided::Taken(_)));
    let waiver = Waiver {
        key: "attachments_missing".to_owned(),
        path: "photo".to_owned(),
        reason: "phone lost in the river".to_owned(),
    };
    assert!(matches!(decide(second, &[waiver]), Decided::Taken(_)));
    world.settle();
    assert!(!world.view(second).flags.iter().any(|flag| flag.kind == FlagKind::AttachmentsMissing));
}

pub(crate) fn files_and_flags_survive_a_rebuild_and_all_are_verified<S: Subject>() {
    let (world, photo, lost) = (world::<S>(), photo(9, 3_000), photo(10, 3_000));
    let mut li = world.phone("li");
    let (here, open) = (with_photo(&world, &mut li, EAST, &photo), with_photo(&world, &mut li, EAST, &lost));
    send(&world, &li, &photo);
    let checked = world.store().attachments_verify().unwrap();
    assert_eq!((checked.sound, checked.is_sound(), checked.strays), (1, true, 0));
    assert_eq!((checked.awaited.len(), checked.awaited[0].record), (1, open));
    let before = (is_missing(&world, here), is_missing(&world, open));
    world.store().rebuild().unwrap();
    assert_eq!((is_missing(&world, here), is_missing(&world, open)), before);
    assert_eq!(before, (false, true));
    assert_eq!(read(&world, "li", here, &photo), Some(photo.content.clone()));
    assert_eq!(world.store().attachments_verify().unwrap(), checked);
}

pub(crate) fn a_revoked_phone_sends_and_fetches_no_files<S: Subject>() {
    use crate::store::accounts::Accounts;
    let (world, photo) = (world::<S>(), photo(11, 3_000));
    let mut li = world.phone("li");
    let record = with_photo(&world, &mut li, EAST, &photo);
    send(&world, &li, &photo);
    world.store().device_revoke(&operator(), li.id(), world.now()).unwrap();
    let revoked = |error: StoreError| assert_eq!(error.kind(), ProblemKind::DeviceRevoked);
    revoked(append(&world, &li, (photo.name, photo.len(), 0), &[]).unwrap_err());
    let session = world.session(&li);
    revoked(world.store().attachments_held(session, &[photo.wanted()], world.now()).unwrap_err());
    revoked(world.store().attachment_fetch(session, record, photo.name, world.now()).unwrap_err());
}
