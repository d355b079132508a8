use super::*;

fn some(name: &str) -> Option<File> {
    let text = match name {
        "index.html" => "<!doctype html>",
        "console/index.html" => "<!doctype html><title>console</title>",
        "sw.js" => "self",
        "assets/app-1a2b.js" => "let a;",
        "icon.png" => "png",
        _ => return None,
    };
    Some(File { bytes: Bytes::from_static(text.as_bytes()), tag: format!("tag-{}", text.len()) })
}

fn none(_: &str) -> Option<File> {
    None
}

fn ask(find: fn(&str) -> Option<File>, path: &str, headers: &[(header::HeaderName, &str)]) -> Response {
    let headers =
        headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect();
    answer(&Files::found_by(find), path, &headers)
}

fn said<'a>(response: &'a Response, name: &header::HeaderName) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[test]
fn what_is_named_by_its_content_is_kept_and_the_rest_is_asked_about() {
    for (path, keep) in [
        ("/", EACH_TIME),
        ("/console/", EACH_TIME),
        ("/sw.js", EACH_TIME),
        ("/icon.png", EACH_TIME),
        ("/assets/app-1a2b.js", FOREVER),
    ] {
        let given = ask(some, path, &[]);
        assert_eq!((given.status(), said(&given, &header::CACHE_CONTROL)), (StatusCode::OK, keep), "{path}");
        assert!(said(&given, &header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"), "{path}");
        let tag = said(&given, &header::ETAG).to_owned();
        let again = ask(some, path, &[(header::IF_NONE_MATCH, &tag)]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(said(&again, &header::ETAG), tag);
    }
    assert_eq!(said(&ask(some, "/console", &[]), &header::LOCATION), "/console/");
    assert_eq!(ask(some, "/assets/none.js", &[]).status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn text_is_compressed_for_those_who_can_read_it() {
    let zipped = ask(some, "/sw.js", &[(header::ACCEPT_ENCODING, "br, gzip;q=0.8")]);
    assert_eq!(said(&zipped, &header::CONTENT_ENCODING), "gzip");
    assert_ne!(said(&zipped, &header::ETAG), said(&ask(some, "/sw.js", &[]), &header::ETAG));
    let body = axum::body::to_bytes(zipped.into_body(), 1_000).await.unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&body[..]), &mut text).unwrap();
    assert_eq!(text, "self");
    for accept in ["", "br", "gzip;q=0", "identity"] {
        let plain = ask(some, "/sw.js", &[(header::ACCEPT_ENCODING, accept)]);
        assert_eq!(said(&plain, &header::CONTENT_ENCODING), "", "{accept}");
        assert_eq!(said(&plain, &header::VARY), "Accept-Encoding");
    }
    assert_eq!(
        said(&ask(some, "/icon.png", &[(header::ACCEPT_ENCODING, "gzip")]), &header::CONTENT_ENCODING),
        ""
    );
}

#[tokio::test]
async fn without_faces_both_pages_say_how_to_build_them() {
    for path in ["/", "/console/"] {
        let page = ask(none, path, &[]);
        assert_eq!(page.status(), StatusCode::OK);
        let body = axum::body::to_bytes(page.into_body(), 10_000).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.matches("cargo xtask web").count() == 2 && text.contains("构建"), "{text}");
    }
    assert_eq!(ask(none, "/sw.js", &[]).status(), StatusCode::NOT_FOUND);
}
