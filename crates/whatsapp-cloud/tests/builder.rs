//! What `WebhookBuilder` makes is what Meta posts: proved, parsed, and known to the last member.
#![cfg(feature = "test-util")]

use serde_json::{Value, json};
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::time::UnixSeconds;
use whatsapp_cloud::webhook::account::AccountEvent;
use whatsapp_cloud::webhook::activity::Contact;
use whatsapp_cloud::webhook::builder::{Inbound, StatusUpdate, WebhookBuilder};
use whatsapp_cloud::webhook::message::Content;
use whatsapp_cloud::webhook::status::{PricingCategory, PricingType};
use whatsapp_cloud::webhook::template::TemplateEvent;
use whatsapp_cloud::webhook::{Decoded, UpdateKind, parse, verify};

fn everything() -> WebhookBuilder {
    let ada = || Contact::of_phone("4915550001").with_user_id("DE.AAA1");
    WebhookBuilder::new()
        .message(Inbound::text("Grüße 🌞 a/b").from(ada().with_name("Ada")))
        .message(Inbound::image("1").caption("this one"))
        .message(Inbound::video("2"))
        .message(Inbound::audio("3"))
        .message(Inbound::voice("4"))
        .message(Inbound::document("5", "bill.pdf").caption("the bill"))
        .message(Inbound::sticker("6"))
        .message(Inbound::location(52.52, 13.405))
        .message(Inbound::contact_card("Bo", "+49 155 50002"))
        .message(Inbound::reaction("wamid.A", "🌞"))
        .message(Inbound::reaction("wamid.A", ""))
        .message(Inbound::button_reply("yes", "Yes"))
        .message(Inbound::list_reply("row-1", "Monday"))
        .message(Inbound::flow_reply(&json!({"flow_token": "t"})))
        .message(Inbound::button("STOP", "No more of this"))
        .message(Inbound::order("7", "bike", 2))
        .message(Inbound::number_changed("4915550009"))
        .message(Inbound::edit("wamid.A", "better words"))
        .message(Inbound::revoke("wamid.A"))
        .message(Inbound::unsupported("poll"))
        .message(
            Inbound::text("in a group")
                .in_group("group-1")
                .replying_to("wamid.B")
                .forwarded(),
        )
        .message(
            Inbound::text("no number")
                .from(Contact::of_user("DE.HIDDEN").with_username("hidden"))
                .id("wamid.MINE")
                .at(UnixSeconds(1_790_000_777)),
        )
        .echo(Inbound::text("from the phone").from("4915550001"))
        .status(StatusUpdate::sent("wamid.C").billed(PricingCategory::Utility))
        .status(
            StatusUpdate::delivered("wamid.C")
                .free(PricingType::FreeCustomerService, PricingCategory::Service),
        )
        .status(StatusUpdate::read("wamid.C").callback_data("order 9"))
        .status(StatusUpdate::failed("wamid.D", 131_047, "Re-engagement message").to(ada()))
        .status(StatusUpdate::read("wamid.E").in_group("group-1", ada()))
        .error(130_429, "Rate limit hit")
        .account(&AccountEvent::VerifiedAccount)
        .template(&TemplateEvent::Approved, 900, "hello", "de")
        .change("account_review_update", json!({"decision": "APPROVED"}))
        .element(
            "calls",
            "calls",
            json!({"id": "wacid.1", "event": "terminate", "from": "4915550001", "timestamp": "1790000000"}),
            None,
        )
}

#[test]
fn everything_built_is_known_to_the_last_member() {
    let body = everything().body();
    let payload = parse(&body).unwrap();
    assert_eq!(payload.updates().len(), 33);
    for update in payload.updates() {
        assert_eq!(update.fault(), None);
        let decoded = update.decode().unwrap();
        let shown = format!("{decoded:?}");
        let unknown = shown.split("extra: {").skip(1);
        assert!(!shown.contains(": odd"), "{shown}");
        assert!(
            // A `value` of errors stands beside its metadata.
            matches!(decoded, Decoded::Errors(_))
                || unknown.into_iter().all(|rest| rest.starts_with('}')),
            "{shown}"
        );
        assert!(!matches!(decoded, Decoded::Other(_)), "{shown}");
        if let Some(message) = update.message() {
            assert_ne!(message.content(), Content::Other, "{:?}", message.kind);
        }
    }
}

#[test]
fn the_wire_format_is_metas() {
    let body = everything().body();
    let text = std::str::from_utf8(&body).unwrap();
    assert!(text.is_ascii());
    assert!(
        text.contains(r"Gr\u00fc\u00dfe \ud83c\udf1e a\/b"),
        "Meta escapes these"
    );
    let value: Value = serde_json::from_slice(&body).unwrap();
    insta::assert_json_snapshot!("built", value);
}

#[test]
fn only_the_bytes_themselves_are_proof() {
    let secret = AppSecret::new("s3cret");
    let webhook = everything().signed(&secret);
    assert!(verify(&secret, webhook.body(), webhook.signature()));
    let value: Value = serde_json::from_slice(webhook.body()).unwrap();
    let written_again = serde_json::to_vec(&value).unwrap();
    assert!(!verify(&secret, &written_again, webhook.signature()));

    let request = webhook.request("https://example.com/webhook").unwrap();
    assert_eq!(request.method(), "POST");
    assert_eq!(
        request.headers()["x-hub-signature-256"],
        webhook.signature()
    );
    assert_eq!(request.body(), webhook.body());
    assert!(!format!("{webhook:?}").contains("Gr"));
}

#[test]
fn each_account_has_an_entry_and_each_number_a_change_of_its_own() {
    let body = WebhookBuilder::new()
        .message(Inbound::text("1"))
        .message(Inbound::text("2"))
        .phone_number("other", "4930")
        .message(Inbound::text("3"))
        .business_account("another")
        .message(Inbound::text("4"))
        .body();
    let value: Value = serde_json::from_slice(&body).unwrap();
    let entries = value["entry"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let changes = entries[0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["value"]["messages"].as_array().unwrap().len(), 2);
    // Somebody who wrote twice is one contact.
    assert_eq!(changes[0]["value"]["contacts"].as_array().unwrap().len(), 1);

    let payload = parse(&body).unwrap();
    let of = |n: usize| &payload.updates()[n];
    assert_eq!(of(2).phone_number_id(), Some("other"));
    assert_eq!(of(3).entry_id(), Some("another"));
    assert_eq!(of(1).head.id.as_deref(), Some("wamid.TEST2"));
    assert_eq!(of(1).head.person.name.as_deref(), Some("Somebody"));
}

#[test]
fn people_without_numbers_and_types_of_tomorrow_can_be_made() {
    let body = WebhookBuilder::new()
        .message(Inbound::text("hi").from(Contact::of_user("DE.A")))
        .message(Inbound::unknown("hologram", json!({"id": 5})))
        .body();
    let payload = parse(&body).unwrap();
    let head = &payload.updates()[0].head;
    assert_eq!(head.person.wa_id, None);
    assert_eq!(head.person.user_id.as_deref(), Some("DE.A"));
    let tomorrow = &payload.updates()[1];
    assert_eq!(tomorrow.kind, UpdateKind::Message);
    assert_eq!(tomorrow.head.kind.as_deref(), Some("hologram"));
    assert!(tomorrow.raw.contains(r#""hologram":{"id":5}"#));
}
