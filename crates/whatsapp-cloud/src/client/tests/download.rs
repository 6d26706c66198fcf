//! Files fetched, and what they are held against.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::webhook::content;

const FILE: &str = "the bytes of a file";

fn told(members: &serde_json::Value) -> Media {
    let mut media = serde_json::json!({"url": "https://lookaside.fbsbx.com/x?mid=1"});
    for (name, value) in members.as_object().unwrap() {
        media[name] = value.clone();
    }
    serde_json::from_value(media).unwrap()
}

async fn fetch(members: serde_json::Value) -> Result<(bool, Bytes), Error> {
    let (client, _) = in_turn(vec![Ok(answer(200, FILE))]);
    let download = client.download_media(told(&members), 1000).await?;
    Ok((download.has_digest(), download.bytes().await?))
}

#[tokio::test]
async fn a_file_of_another_size_than_meta_told_is_not_taken_even_without_a_digest() {
    for size in [
        serde_json::json!(18),
        serde_json::json!("20"),
        serde_json::json!(0),
    ] {
        let error = fetch(serde_json::json!({"file_size": size})).await;
        let error = error.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Damaged), "{size}");
    }
    assert!(fetch(serde_json::json!({"file_size": 19})).await.is_ok());
}

#[tokio::test]
async fn a_download_says_whether_it_was_proved_and_a_digest_that_proves_nothing_is_refused() {
    let (has_digest, file) = fetch(serde_json::json!({})).await.unwrap();
    assert!(!has_digest && file == FILE);
    let digest = Sha256::digest(FILE);
    let base64 = |engine: &base64::engine::GeneralPurpose| base64::Engine::encode(engine, digest);
    for digest in [
        hex::encode(digest),
        hex::encode_upper(digest),
        base64(&base64::prelude::BASE64_STANDARD),
        base64(&base64::prelude::BASE64_URL_SAFE_NO_PAD),
    ] {
        let (has_digest, file) = fetch(serde_json::json!({"sha256": digest})).await.unwrap();
        assert!(has_digest && file == FILE, "{digest}");
    }
    for digest in ["", "d41d8cd98f00b204e9800998ecf8427e", "sha512:…"] {
        let (client, script) = in_turn(vec![]);
        let media = told(&serde_json::json!({"sha256": digest}));
        let error = client.download_media(media, 1000).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Damaged), "{digest}");
        assert!(script.asked.lock().unwrap().is_empty(), "{digest}");
    }
}

#[tokio::test]
async fn a_file_looked_up_anew_is_still_held_against_the_digest_that_the_webhook_told() {
    let anew = r#"{"id":"600","url":"https://lookaside.fbsbx.com/y"}"#;
    let (client, _) = in_turn(vec![
        Ok(answer(404, "")),
        Ok(answer(200, anew)),
        Ok(answer(200, "another file")),
    ]);
    let digest = hex::encode(Sha256::digest(FILE));
    let media = told(&serde_json::json!({"id": "600", "sha256": digest}));
    let download = client.download_media(media, 1000).await.unwrap();
    let error = download.bytes().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Damaged), "{error}");
}

#[tokio::test]
async fn a_download_is_asked_for_again_where_meta_is_unwell() {
    let (client, script) = in_turn(vec![
        Ok(answer(503, "")),
        Err(transport::Error::maybe_sent("cut off")),
        Ok(answer(200, FILE)),
    ]);
    let media = told(&serde_json::json!({}));
    let download = patient(client).download_media(media, 1000).await.unwrap();
    assert_eq!(download.bytes().await.unwrap(), FILE);
    assert_eq!(script.asked.lock().unwrap().len(), 3);
}

/// Answers a file that breaks off.
#[derive(Debug)]
struct Breaking;

impl Transport for Breaking {
    fn call(&self, _: Request<Bytes>) -> CallFuture<'_> {
        unreachable!("a download is read in pieces")
    }

    fn open(&self, _: Request<transport::Body>) -> transport::OpenFuture<'_> {
        let pieces = [
            Ok(Bytes::from_static(b"the bytes")),
            Err(transport::Error::maybe_sent("the connection broke")),
        ];
        let body = transport::Body::new(None, futures_util::stream::iter(pieces));
        Box::pin(async { Ok(http::Response::new(body)) })
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_is_not_said_to_have_been_taken() {
    let client = Client::over(Arc::new(Breaking), AccessToken::new("very-secret"));
    let media = told(&serde_json::json!({}));
    let download = client.download_media(media, 1000).await.unwrap();
    let error = download.bytes().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Damaged), "{error}");
    assert!(
        error.to_string().contains("the connection broke"),
        "{error}"
    );
    assert!(error.advice().contains("anew"), "{}", error.advice());
}

#[tokio::test]
async fn a_file_that_came_with_a_message_is_fetched_whether_or_not_the_message_tells_its_url() {
    let digest = BASE64_STANDARD.encode(Sha256::digest(FILE));
    let came = |url: Option<&str>| {
        let image = serde_json::json!({"id": "600", "mime_type": "image/jpeg", "sha256": digest, "url": url});
        serde_json::from_value::<content::Media>(image).unwrap()
    };
    let (client, script) = in_turn(vec![Ok(answer(200, FILE))]);
    let image = came(Some("https://lookaside.fbsbx.com/x"));
    let download = client.download_media((&image).into(), 100).await.unwrap();
    assert!(download.has_digest());
    assert_eq!(download.bytes().await.unwrap(), FILE);
    assert_eq!(script.asked.lock().unwrap().len(), 1);

    // As messages came until October 2025.
    let found = r#"{"id":"600","url":"https://lookaside.fbsbx.com/y"}"#;
    let (client, script) = in_turn(vec![Ok(answer(200, found)), Ok(answer(200, FILE))]);
    let image = came(None);
    let download = client.download_media((&image).into(), 100).await.unwrap();
    assert!(download.has_digest());
    assert_eq!(download.bytes().await.unwrap(), FILE);
    assert_eq!(script.asked.lock().unwrap()[0].uri().path(), "/v25.0/600");
}
