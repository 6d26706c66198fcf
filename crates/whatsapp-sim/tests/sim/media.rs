//! Files of the business: uploaded, asked for, fetched, sent, expired, deleted.

use std::time::Duration;

use http::Method;
use serde_json::json;
use whatsapp_sim::{Call, Fault, Sim, SimConfig};

use crate::caller::{CUSTOMER, fetch, graph, send_object, upload};

const DAY: Duration = Duration::from_hours(24);

async fn started() -> Sim {
    Sim::start(SimConfig::default()).await.expect("started")
}

#[tokio::test]
async fn what_is_uploaded_is_what_is_fetched_until_it_is_deleted() {
    let sim = started().await;
    let picture: Vec<u8> = (0..3 << 20)
        .map(|n: u32| n.to_le_bytes()[n as usize % 3])
        .collect();
    let uploaded = upload(&sim, "image/png", &picture).await;
    let id = uploaded.body["id"].as_str().unwrap();
    let asked = graph(&sim, Method::GET, id, None).await.body;
    assert_eq!(
        (&asked["file_size"], &asked["mime_type"]),
        (&json!(3 << 20), &json!("image/png"))
    );
    let url = asked["url"].as_str().unwrap();
    let (status, kind, bytes) = fetch(url, "sim-access-token").await;
    assert_eq!((status, kind.as_str()), (200, "image/png"));
    assert!(bytes == picture);

    let message = json!({"to": CUSTOMER, "type": "image", "image": {"id": id}});
    assert_eq!(send_object(&sim, message.clone()).await.status, 200);
    let deleted = graph(&sim, Method::DELETE, id, None).await;
    assert_eq!(deleted.body, json!({"success": true}));
    assert_eq!(graph(&sim, Method::GET, id, None).await.code(), Some(100));
    assert_eq!(fetch(url, "sim-access-token").await.0, 404);
    assert_eq!(send_object(&sim, message).await.code(), Some(100));
    sim.stop().await;
}

#[tokio::test]
async fn a_url_is_good_for_five_minutes_and_a_file_for_thirty_days() {
    let sim = started().await;
    let uploaded = upload(&sim, "application/pdf", b"%PDF-1.4").await;
    let id = uploaded.body["id"].as_str().unwrap();
    let url = async || {
        let asked = graph(&sim, Method::GET, id, None).await;
        asked.body["url"].as_str().map(str::to_owned)
    };
    let first = url().await.unwrap();
    sim.pass(Duration::from_mins(4));
    assert_eq!(fetch(&first, "sim-access-token").await.0, 200);
    sim.pass(Duration::from_mins(2));
    assert_eq!(fetch(&first, "sim-access-token").await.0, 404);
    let second = url().await.unwrap();
    assert_eq!(fetch(&second, "sim-access-token").await.0, 200);
    let forged = second.replace(id, "1000000000000000");
    assert_eq!(fetch(&forged, "sim-access-token").await.0, 404);
    sim.pass(DAY * 29);
    assert!(url().await.is_some());
    sim.pass(DAY);
    assert_eq!(url().await, None);
    sim.stop().await;
}

#[tokio::test]
async fn an_upload_that_meta_would_refuse_is_refused() {
    let sim = started().await;
    assert_eq!(upload(&sim, "model/stl", b"x").await.code(), Some(100));
    let large = vec![0; (5 << 20) + 1];
    assert_eq!(
        upload(&sim, "image/png", &large).await.code(),
        Some(131_053)
    );
    assert_eq!(upload(&sim, "video/mp4", &large).await.status, 200);
    sim.stop().await;
}

#[tokio::test]
async fn every_call_has_faults_of_its_own() {
    let sim = started().await;
    sim.fail_next_calls(Call::MediaUpload, 1, Fault::Status(500));
    sim.fail_next_calls(Call::MediaUrl, 1, Fault::Code(190));
    sim.fail_next_calls(Call::MediaDownload, 1, Fault::Status(404));
    assert_eq!(upload(&sim, "image/png", b"x").await.status, 500);
    let uploaded = upload(&sim, "image/png", b"x").await;
    let id = uploaded.body["id"].as_str().unwrap();
    assert_eq!(graph(&sim, Method::GET, id, None).await.code(), Some(190));
    let asked = graph(&sim, Method::GET, id, None).await.body;
    let url = asked["url"].as_str().unwrap();
    assert_eq!(fetch(url, "sim-access-token").await.0, 404);
    assert_eq!(fetch(url, "sim-access-token").await.0, 200);
    sim.stop().await;
}
