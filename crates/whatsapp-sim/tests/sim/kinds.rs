//! Messages of every type, as a gateway reads them.

use serde_json::{Value, json};
use whatsapp_cloud::webhook::parse;
use whatsapp_sim::{EXAMPLES, File, Person, Sim, SimConfig};

use crate::caller::{CUSTOMER, fetch};
use crate::receiver::Receiver;

async fn started(receiver: &Receiver) -> Sim {
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        ..SimConfig::default()
    };
    Sim::start(config).await.expect("started")
}

#[tokio::test]
async fn a_message_of_every_type_arrives_and_is_understood() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver).await;
    let phone = sim.phone(CUSTOMER);
    let written: Vec<String> = EXAMPLES
        .iter()
        .map(|name| phone.write_example(name))
        .collect();
    sim.drain().await;
    let arrived = receiver.updates();
    assert_eq!(receiver.wrong_signatures(), 0);
    for (name, wamid) in EXAMPLES.iter().zip(&written) {
        let (_, kind, message, value) = arrived.iter().find(|(id, ..)| id == wamid).unwrap();
        let (type_name, variant) = name
            .split_once('/')
            .map_or((*name, None), |(t, v)| (t, Some(v)));
        assert_eq!(kind, type_name);
        if let Some(variant) = variant {
            assert_eq!(message[type_name]["type"], variant);
        }
        assert_eq!(
            value.get("contacts").is_none(),
            type_name == "system",
            "{name}"
        );
    }
    for body in receiver.bodies() {
        let payload = parse(&body).unwrap();
        let [update] = payload.updates() else {
            panic!()
        };
        assert!(update.fault().is_none(), "{:?}", update.fault());
        let decoded = update.decode().unwrap();
        let raw: Value = serde_json::from_str(update.raw).unwrap();
        assert_eq!(serde_json::to_value(&decoded).unwrap(), raw);
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_file_can_be_fetched_where_the_webhook_says() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver).await;
    let file = File {
        mime_type: "image/jpeg".to_owned(),
        filename: None,
        bytes: (&b"\xff\xd8\xff not quite a picture"[..]).into(),
    };
    let phone = sim.phone(Person::without_number("ada.l"));
    phone.send_file("image", file.clone(), Some("our garden"));
    phone.write_example("document");
    sim.drain().await;
    let updates = receiver.updates();
    let image = &updates[0].2["image"];
    assert_eq!(
        (&image["caption"], &image["mime_type"]),
        (&json!("our garden"), &json!("image/jpeg"))
    );
    let url = image["url"].as_str().unwrap();
    let (status, kind, bytes) = fetch(url, "sim-access-token").await;
    assert_eq!(
        (status, kind.as_str(), &bytes[..]),
        (200, "image/jpeg", &file.bytes[..])
    );
    assert_eq!(fetch(url, "another").await.0, 401);
    assert_eq!(updates[1].2["document"]["filename"], "example.pdf");
    let kept = sim.media(image["id"].as_str().unwrap()).unwrap();
    assert_eq!(kept.bytes, file.bytes);
    sim.stop().await;
}
