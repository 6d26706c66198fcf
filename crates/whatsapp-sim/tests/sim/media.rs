//! Files of the business: uploaded, asked for, fetched, sent, expired, deleted.

use std::time::Duration;

use http::Method;
use serde_json::json;
use whatsapp_sim::{Call, Fault, File, Kind, Sim, SimConfig};

use crate::caller::{CUSTOMER, fetch, graph, send_object, upload};
use crate::receiver::{Receiver, failed_with};

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

/// With somebody who hears what becomes of messages.
async fn heard() -> (Receiver, Sim) {
    let receiver = Receiver::start(&[]).await;
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    (receiver, Sim::start(config).await.expect("started"))
}

async fn uploaded(sim: &Sim, mime_type: &str, bytes: &[u8]) -> String {
    let answer = upload(sim, mime_type, bytes).await;
    answer.body["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_file_of_a_type_or_size_that_meta_does_not_list_is_no_upload() {
    let sim = started().await;
    for wrong in [
        "application/x-nothing",
        "application/zip",
        "audio/opus",
        "audio/wav",
        "image/gif",
        "image/jpg",
        "text/html",
        "",
    ] {
        let answer = upload(&sim, wrong, b"x").await;
        assert_eq!((answer.status, answer.code()), (400, Some(100)), "{wrong}");
    }
    for right in [
        "audio/ogg; codecs=opus",
        "text/plain",
        "application/pdf",
        "image/webp",
    ] {
        assert_eq!(upload(&sim, right, b"x").await.status, 200, "{right}");
    }
    for (kind, max) in [("image/webp", 500 << 10), ("audio/mpeg", 16 << 20)] {
        assert_eq!(
            upload(&sim, kind, &vec![0; max]).await.status,
            200,
            "{kind}"
        );
        let large = upload(&sim, kind, &vec![0; max + 1]).await;
        assert_eq!((large.status, large.code()), (400, Some(131_053)), "{kind}");
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_file_that_is_another_kind_than_it_is_sent_as_does_not_arrive() {
    let (receiver, sim) = heard().await;
    let pdf = uploaded(&sim, "application/pdf", b"%PDF").await;
    let png = uploaded(&sim, "image/png", b"png").await;
    let mp3 = uploaded(&sim, "audio/mpeg", b"mp3").await;
    let ogg = uploaded(&sim, "audio/ogg; codecs=opus", b"OggS").await;
    let still = uploaded(&sim, "image/webp", &vec![0; 200 << 10]).await;
    let mut moving = vec![0; 200 << 10];
    moving[..21].copy_from_slice(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02");
    let moving = uploaded(&sim, "image/webp", &moving).await;
    let media = |kind: &str, id: &str| json!({"to": CUSTOMER, "type": kind, kind: {"id": id}});
    let header = |id: &str| {
        json!({"to": CUSTOMER, "type": "interactive", "interactive": {"type": "button",
        "header": {"type": "image", "image": {"id": id}}, "body": {"text": "Well?"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]}}})
    };
    let voice =
        |id: &str| json!({"to": CUSTOMER, "type": "audio", "audio": {"id": id, "voice": true}});
    for (message, failure) in [
        (media("image", &pdf), Some(131_053)),
        (media("image", &png), None),
        (media("document", &pdf), None),
        (media("video", &png), Some(131_053)),
        (media("sticker", &still), Some(131_053)),
        (media("sticker", &moving), None),
        (media("image", &still), Some(131_053)),
        (media("audio", &mp3), None),
        (voice(&mp3), Some(131_053)),
        (voice(&ogg), None),
        (header(&pdf), Some(131_053)),
        (header(&png), None),
    ] {
        let sent = send_object(&sim, message.clone()).await;
        assert_eq!(
            failed_with(&receiver, &sim, &sent).await,
            failure,
            "{message}"
        );
    }
    // What is not there is refused, wherever it is named.
    assert_eq!(send_object(&sim, header("4711")).await.code(), Some(100));
    let card = |id: &str| {
        json!({"to": CUSTOMER, "type": "template", "template": {"name": "t", "language": {"code": "en"},
        "components": [{"type": "header", "parameters": [{"type": "image", "image": {"id": id}}]}]}})
    };
    assert_eq!(send_object(&sim, card("4711")).await.code(), Some(100));
    sim.stop().await;
}

#[tokio::test]
async fn a_file_of_another_number_cannot_be_sent_from_this_one() {
    let sim = started().await;
    let theirs = json!({"mime_type": "image/png", "base64": "aGVsbG8="});
    sim.put(Kind::Media, "4711", "another-number", theirs);
    let image = |id: &str| json!({"to": CUSTOMER, "type": "image", "image": {"id": id}});
    let answer = send_object(&sim, image("4711")).await;
    assert_eq!((answer.status, answer.code()), (400, Some(100)));
    let ours = uploaded(&sim, "image/png", b"png").await;
    assert_eq!(send_object(&sim, image(&ours)).await.status, 200);
    sim.pass(DAY * 30);
    assert_eq!(send_object(&sim, image(&ours)).await.code(), Some(100));
    sim.stop().await;
}

#[tokio::test]
async fn what_people_send_can_be_sent_on() {
    let (receiver, sim) = heard().await;
    let file = File {
        mime_type: "image/png".to_owned(),
        filename: None,
        bytes: (&b"png"[..]).into(),
    };
    sim.phone(CUSTOMER).send_file("image", file, None);
    sim.drain().await;
    let id = receiver.updates()[0].2["image"]["id"].clone();
    let image = json!({"to": CUSTOMER, "type": "image", "image": {"id": id}});
    let sent = send_object(&sim, image).await;
    assert_eq!(failed_with(&receiver, &sim, &sent).await, None);
    sim.stop().await;
}

#[tokio::test]
async fn what_a_flow_is_given_is_no_file_whatever_its_members_are_called() {
    let sim = started().await;
    let data = json!({"image": {"id": "hero"}, "document": [{"video": {"id": "x"}}]});
    let flow = json!({"type": "flow", "body": {"text": "x"}, "action": {"name": "flow", "parameters": {
        "flow_message_version": "3", "flow_id": "1", "flow_cta": "Open", "flow_action": "navigate",
        "flow_action_payload": {"screen": "A", "data": data}}}});
    let interactive = json!({"to": CUSTOMER, "type": "interactive", "interactive": flow});
    let answer = send_object(&sim, interactive).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let button = json!({"type": "button", "sub_type": "flow", "index": "0",
        "parameters": [{"type": "action", "action": {"flow_token": "t", "flow_action_data": data}}]});
    let template = json!({"name": "open", "language": {"code": "en"}, "components": [button]});
    let template = json!({"to": CUSTOMER, "type": "template", "template": template});
    let answer = send_object(&sim, template).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    sim.stop().await;
}

#[tokio::test]
async fn a_file_that_is_not_there_is_refused_wherever_it_stands_and_however_its_id_is_written() {
    let sim = started().await;
    for id in [json!("99999"), json!(99999)] {
        let image = json!({"image": {"id": id}});
        let header = json!({"type": "image", "image": {"id": id}});
        let component = json!({"type": "header", "parameters": [header]});
        let reply = json!({"type": "reply", "reply": {"id": "1", "title": "t"}});
        for (kind, content) in [
            ("image", image["image"].clone()),
            (
                "interactive",
                json!({"type": "button", "header": header, "body": {"text": "x"}, "action": {"buttons": [reply]}}),
            ),
            (
                "template",
                json!({"name": "n", "language": {"code": "en"}, "components": [component]}),
            ),
            (
                "template",
                json!({"name": "n", "language": {"code": "en"}, "components": [{"type": "carousel", "cards": [
                    {"card_index": 0, "components": [component]}, {"card_index": 1, "components": [component]}]}]}),
            ),
        ] {
            let message = json!({"to": CUSTOMER, "type": kind, kind: content});
            assert_eq!(send_object(&sim, message).await.code(), Some(100), "{kind}");
        }
    }
    sim.stop().await;
}

#[tokio::test]
async fn an_empty_file_is_no_upload() {
    let sim = started().await;
    assert_eq!(upload(&sim, "image/png", b"").await.code(), Some(100));
    sim.stop().await;
}
