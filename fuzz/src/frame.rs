//! Bodies under zstd: the first byte says whether the rest is one already or is to be made one, so that both the
//! decompression and what comes out of it are looked at.

use doorstep_protocol::pull::Page;
use doorstep_protocol::{frame, limits};

use crate::{Seed, messages, seed};

/// Inflates within bounds and reads.
pub fn run(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let body = match choice % 2 {
        0 => bytes.to_vec(),
        _ => frame::compress(bytes).expect("bytes can be compressed"),
    };
    for limit in [0, 1_000, limits::INFLATED_BYTES] {
        match frame::inflate(&body, limit) {
            Ok(inflated) => {
                assert!(inflated.len() <= limit, "inflated beyond the bound");
                assert!(choice % 2 == 0 || inflated == bytes, "other bytes came out");
            }
            Err(_) => assert!(choice % 2 == 0 || bytes.len() > limit, "an honest body is refused"),
        }
    }
    if let Ok(page) = frame::decode::<Page>(&body) {
        let again = frame::encode(&page).expect("what was read can be written");
        assert_eq!(frame::decode::<Page>(&again).expect("and read"), page);
    }
}

/// Bodies of messages, and a small bomb.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (name, message) in messages::seeds() {
        let body = frame::compress(&message[1..]).expect("bytes");
        seeds.push(seed(format!("body-{name}"), [&[0][..], &body].concat()));
        if name == "page" {
            seeds.push(seed("made", [&[1][..], &message[1..]].concat()));
        }
    }
    let bomb = frame::compress(&vec![0; 100_000]).expect("bytes");
    seeds.push(seed("bomb", [&[0][..], &bomb].concat()));
    seeds
}
