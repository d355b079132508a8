//! Files over HTTP: downloads inside the scope, the same silence outside it as about files that do not exist.

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use doorstep_forms::Attachment;
use doorstep_protocol::attachment::{self, Held, RAW_MEDIA_TYPE};
use doorstep_protocol::{AttachmentHash, Problem, frame, limits};
use doorstep_records::RecordId;
use tower::ServiceExt;

use crate::phone::Phone;
use crate::support::World;

fn photo() -> Vec<u8> {
    let mut content = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    content.extend((0..100_000_u32).map(|at| (at % 253) as u8));
    content
}

/// A far record that describes the photo, which has arrived.
async fn far_photo(world: &World) -> (RecordId, AttachmentHash, Vec<u8>) {
    let content = photo();
    let name = AttachmentHash::of(&content);
    let mut far = Phone::enrol_again(world, 4, "outsider");
    let answer = Attachment {
        sha256: name.to_string(),
        bytes: content.len() as u64,
        media_type: "image/png".to_owned(),
        name: Some("../../etc/passwd".to_owned()),
    };
    let record = far.submit_photo(world, "9912", &answer.canonical());
    let token = far.token(world);
    let url = attachment::append_url(name, content.len() as u64, 0);
    let (status, body) = send(world, &token, &url, content.clone()).await;
    assert_eq!(status, 200);
    assert!(frame::decode::<Held>(&body).expect("held").complete);
    (record, name, content)
}

async fn send(world: &World, token: &str, url: &str, content: Vec<u8>) -> (u16, Vec<u8>) {
    let request = Request::post(url)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, RAW_MEDIA_TYPE)
        .body(Body::from(content))
        .expect("request");
    raw(world, request).await
}

async fn raw(world: &World, request: Request<Body>) -> (u16, Vec<u8>) {
    let response = world.router.clone().oneshot(request).await.expect("infallible");
    let status = response.status().as_u16();
    (status, to_bytes(response.into_body(), 8 * 1024 * 1024).await.expect("body").to_vec())
}

fn get(path: &str, token: &str, range: Option<&str>) -> Request<Body> {
    let mut request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    if let Some(range) = range {
        request = request.header(header::RANGE, range);
    }
    request.body(Body::empty()).expect("request")
}

#[tokio::test]
async fn a_file_is_a_download_with_a_name_of_ours() {
    let world = World::new();
    let (record, name, content) = far_photo(&world).await;
    let path = format!("/api/v1/records/{record}/attachments/{name}");
    let token = world.session(4);
    let response = world.router.clone().oneshot(get(&path, &token, None)).await.expect("infallible");
    assert_eq!(response.status(), 200);
    let headers = response.headers().clone();
    assert_eq!(headers[header::CONTENT_TYPE], "image/png");
    let named = format!("attachment; filename=\"{}.png\"", &name.to_string()[..16]);
    assert_eq!(headers[header::CONTENT_DISPOSITION], named.as_str());
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(headers[header::CONTENT_LENGTH], content.len().to_string().as_str());
    assert_eq!(to_bytes(response.into_body(), 1 << 20).await.expect("body"), content);

    for (range, from, until) in
        [("bytes=99000-", 99_000, content.len()), ("bytes=5-9", 5, 10), ("bytes=0-9999999", 0, content.len())]
    {
        let response =
            world.router.clone().oneshot(get(&path, &token, Some(range))).await.expect("infallible");
        assert_eq!(response.status(), 206, "{range}");
        let told = format!("bytes {from}-{}/{}", until - 1, content.len());
        assert_eq!(response.headers()[header::CONTENT_RANGE], told.as_str());
        assert_eq!(to_bytes(response.into_body(), 1 << 20).await.expect("body"), content[from..until]);
    }
    assert_eq!(raw(&world, get(&path, &token, Some("bytes=200000-"))).await.0, 400);
}

#[tokio::test]
async fn outside_the_scope_a_file_answers_like_one_that_does_not_exist() {
    let world = World::new();
    let (far_record, secret, _) = far_photo(&world).await;
    let nothing = AttachmentHash::of(b"nobody has this");
    // Supervisor, enumerator, admin of the near town; a near record and a far one.
    for person in [1, 2, 3] {
        let token = world.session(person);
        for record in [world.near_record, far_record] {
            let mut answers = Vec::new();
            for name in [secret, nothing] {
                let path = format!("/api/v1/records/{record}/attachments/{name}");
                let answer = world.ask(Method::GET, &path, Some(&token), None).await;
                assert_eq!((answer.status, answer.problem().as_str()), (404, "not_found"));
                let id = answer.headers["x-request-id"].to_str().expect("text").to_owned();
                answers.push(answer.text.replace(&id, "id"));
            }
            assert_eq!(answers[0], answers[1]);
        }
    }
    let near = Phone::enrol_again(&world, 3, "enumerator").token(&world);
    let mut answers = Vec::new();
    for name in [secret, nothing] {
        let (status, body) = raw(&world, get(&attachment::fetch_url(far_record, name), &near, None)).await;
        let problem: Problem = frame::decode(&body).expect("a problem");
        assert_eq!(status, 404);
        answers.push(Problem { instance: None, ..problem });
    }
    assert_eq!(answers[0], answers[1]);
    let (status, _) = raw(&world, get(&attachment::fetch_url(far_record, secret), "nonsense", None)).await;
    assert_eq!(status, 401);
}

#[tokio::test]
async fn what_is_no_piece_of_a_file_is_a_problem() {
    let world = World::new();
    let content = photo();
    let (name, bytes) = (AttachmentHash::of(&content), content.len() as u64);
    let token = Phone::enrol_again(&world, 3, "enumerator").token(&world);
    let url = |offset| attachment::append_url(name, bytes, offset);
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    let cases = [
        (url(0), "nonsense", content.clone(), 401),
        (url(7), &token, content.clone(), 409),
        (url(bytes + 1), &token, Vec::new(), 400),
        (attachment::append_url(AttachmentHash::of(&page), page.len() as u64, 0), &token, page, 415),
        (attachment::append_url(name, limits::ATTACHMENT_BYTES + 1, 0), &token, content.clone(), 413),
        (url(0), &token, vec![0xff; limits::ATTACHMENT_PIECE_BYTES + 1], 415),
        (format!("{}?sha256=x&bytes=1&offset=0", attachment::APPEND), &token, content.clone(), 400),
        (url(0), &token, content.clone(), 200),
    ];
    for (url, token, body, status) in cases {
        let (answered, body) = send(&world, token, &url, body).await;
        assert_eq!(answered, status, "{url}");
        if status != 200 {
            assert_eq!(frame::decode::<Problem>(&body).expect("a problem").status, status);
        }
    }
    let request = Request::post(url(0)).header(header::AUTHORIZATION, format!("Bearer {token}"));
    assert_eq!(raw(&world, request.body(Body::from(content)).expect("request")).await.0, 415);
}
