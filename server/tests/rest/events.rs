//! What changes while somebody looks.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{Request, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::phone::Phone;
use crate::support::World;

/// An open stream.
struct Stream(Body);

impl Stream {
    async fn open(world: &World, user: u8) -> Stream {
        let request = Request::get("/api/v1/events")
            .header(header::ACCEPT, "text/event-stream")
            .header(header::AUTHORIZATION, format!("Bearer {}", world.session(user)));
        let response = world
            .router
            .clone()
            .oneshot(request.body(Body::empty()).expect("request"))
            .await
            .expect("infallible");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        let mut stream = Stream(response.into_body());
        assert_eq!(stream.line().await.as_deref(), Some("retry: 3000\n\n"));
        stream
    }

    /// The next piece; none at the end.
    async fn line(&mut self) -> Option<String> {
        let next = poll_fn(|context| Pin::new(&mut self.0).poll_frame(context));
        let frame = tokio::time::timeout(Duration::from_secs(30), next).await.expect("in time")?;
        let data = frame.expect("a frame").into_data().expect("data");
        Some(String::from_utf8(data.to_vec()).expect("UTF-8"))
    }

    async fn told(&mut self) -> Value {
        let line = self.line().await.expect("an event");
        let data =
            line.strip_prefix("event: records\ndata: ").expect("an event of records").trim().to_owned();
        serde_json::from_str(&data).expect("JSON")
    }
}

#[tokio::test]
async fn an_event_names_what_changed_inside_the_areas_and_nothing_else() {
    let world = World::new();
    let mut stream = Stream::open(&world, 2).await;
    Phone::enrol_again(&world, 4, "outsider").submit(&world, "9912", 5);
    let (record, _) = Phone::enrol_again(&world, 3, "enumerator").submit(&world, "9911", 6);
    let told = stream.told().await;
    assert_eq!(told, serde_json::json!({ "records": [record], "more": false }));
}

#[tokio::test]
async fn a_stream_ends_with_the_session() {
    let world = World::new();
    let mut stream = Stream::open(&world, 2).await;
    world.clock.forward(doorstep_server::accounts::model::SESSION_LIFE_MS);
    assert_eq!(stream.line().await, None);
}
