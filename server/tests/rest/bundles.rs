//! Bundles over REST: a supervisor brings what a phone without a network has signed.

use axum::body::Body;
use axum::http::{Method, Request, header};
use doorstep_protocol::SignedEnvelope;
use doorstep_protocol::bundle::{self, Bundle};
use serde_json::json;

use crate::phone::Phone;
use crate::support::{Answer, World};

async fn bring(world: &World, user: u8, file: Vec<u8>) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/bundles")
        .header(header::AUTHORIZATION, format!("Bearer {}", world.session(user)))
        .body(Body::from(file))
        .expect("request");
    world.send(request).await
}

#[tokio::test]
async fn a_supervisor_brings_a_bundle_twice_and_a_damaged_one_changes_nothing() {
    let world = World::new();
    let (phone, key) = Phone::enrol_for_bundles(&world, 5, "enumerator");
    let envelopes: Vec<SignedEnvelope> = vec![phone.household("9911", 5)];
    let bundle = Bundle { made_at_ms: 0, envelopes };
    let file = bundle::seal(&bundle, &key, &mut |bytes| bytes.fill(9)).expect("a bundle");
    let mut torn = file.clone();
    torn.truncate(file.len() - 3);
    let refused = bring(&world, 2, torn).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "invalid"));
    let expected = |known: u32| json!({"envelopes": 1, "known": known, "accepted": 2, "waiting": 0, "quarantined": 0, "refused": []});
    for known in [0, 1] {
        let answer = bring(&world, 2, file.clone()).await;
        assert_eq!((answer.status, answer.json()), (200, expected(known)));
    }
    assert_eq!(bring(&world, 3, file.clone()).await.status, 403, "an enumerator carries, and does not bring");
    assert_eq!(bring(&world, 2, vec![0; 16 * 1024 * 1024 + 1]).await.status, 413);
}
