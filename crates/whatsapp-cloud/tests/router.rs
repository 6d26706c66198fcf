//! The router: each update to one handler, what nobody wants and what makes no sense reported, nothing lost.
#![cfg(feature = "test-util")]
#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::sync::{Arc, Mutex};

use serde_json::json;
use whatsapp_cloud::webhook::account::AccountEvent;
use whatsapp_cloud::webhook::activity::Contact;
use whatsapp_cloud::webhook::builder::{Inbound, StatusUpdate, WebhookBuilder};
use whatsapp_cloud::webhook::message::{Content, Message};
use whatsapp_cloud::webhook::template::{TemplateEvent, TemplateStatus};
use whatsapp_cloud::webhook::{Decoded, Notification, Received, Router, UpdateKind, parse};

/// What handlers were given, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn read(builder: &WebhookBuilder) -> Notification {
    Notification::read(builder.body()).unwrap()
}

/// A handler that notes what it is and what it was given.
fn noting<T: Send + 'static>(
    log: &Log,
    name: &'static str,
) -> impl Fn(Received<T>) -> std::future::Ready<()> + Send + Sync + 'static {
    let log = log.clone();
    move |received| {
        log.add(format!("{name}: {}", received.field));
        std::future::ready(())
    }
}

#[tokio::test]
async fn each_kind_goes_to_its_handler_in_the_order_of_the_body() {
    let log = Log::default();
    let router = Router::new()
        .on_message(noting(&log, "message"))
        .on_status(noting(&log, "status"))
        .on_echo(noting(&log, "echo"))
        .on_template_status(noting(&log, "template"))
        .on_account_update(noting(&log, "account"))
        .on_call(noting(&log, "call"))
        .fallback(noting(&log, "fallback"));
    let notification = read(
        &WebhookBuilder::new()
            .status(StatusUpdate::delivered("wamid.A"))
            .message(Inbound::text("hi"))
            .echo(Inbound::text("ho"))
            .template(&TemplateEvent::Rejected, 1, "hello", "de")
            .account(&AccountEvent::AccountViolation)
            .element("calls", "calls", json!({"id": "wacid.1"}), None)
            .change("account_review_update", json!({"decision": "APPROVED"}))
            .change(
                "field_of_tomorrow",
                json!({"messages": [{"id": "no message"}]}),
            ),
    );
    let report = router.handle(&notification).await;
    assert_eq!(
        log.take(),
        [
            "status: messages",
            "message: messages",
            "echo: smb_message_echoes",
            "template: message_template_status_update",
            "account: account_update",
            "call: calls",
            // Known, and nobody said what to do with it.
            "fallback: account_review_update",
            // Not known at all.
            "fallback: field_of_tomorrow",
        ]
    );
    assert_eq!((report.handled, report.unhandled), (8, 0));
}

#[tokio::test]
async fn a_handler_has_everything_that_stood_around_the_message() {
    let (sender, seen) = std::sync::mpsc::channel();
    let router = Router::new().on_message(move |message: Received<Message>| {
        sender.send(message).unwrap();
        async {}
    });
    let builder = WebhookBuilder::new()
        .phone_number("number-1", "4930")
        .message(Inbound::text("other"))
        .message(
            Inbound::text("hi").from(
                Contact::of_user("DE.A")
                    .with_name("Ada")
                    .with_username("ada"),
            ),
        );
    let notification = read(&builder);
    router.handle(&notification).await;
    let message = seen.iter().nth(1).unwrap();
    let Content::Text(text) = message.element.content() else {
        panic!("no text")
    };
    assert_eq!(text.body.get().unwrap().as_str(), "hi");
    assert_eq!(message.person.user_id.as_deref(), Some("DE.A"));
    assert_eq!(message.person.wa_id, None);
    assert_eq!(
        message.contact.unwrap().user_id.get().unwrap().as_str(),
        "DE.A"
    );
    assert_eq!(message.phone_number_id.unwrap().as_str(), "number-1");
    assert_eq!(message.entry_id.as_deref(), Some("100000000000001"));
    assert_eq!(message.at.unwrap().0, 1_790_000_000);
    assert!(message.raw.get().starts_with(r#"{"from_user_id":"DE.A""#));
    let payload = parse(notification.body()).unwrap();
    assert_eq!(payload.updates()[1].raw, message.raw.get());
    assert_eq!(payload.updates()[1].key().digest(), message.key);
}

#[tokio::test]
async fn what_makes_no_sense_is_reported_and_kept_and_costs_its_neighbours_nothing() {
    let log = Log::default();
    let noted = log.clone();
    let malformed = WebhookBuilder::new()
        .message(Inbound::text("before"))
        .element("messages", "messages", json!(["no", "message"]), None)
        .message(Inbound::text("after"));
    let router = Router::new().on_message(noting(&log, "message"));
    let report = router.handle(&read(&malformed)).await;
    assert_eq!((report.handled, report.unhandled), (2, 1));
    assert_eq!(
        report.malformed[0].path,
        "entry[0].changes[0].value.messages[1]"
    );
    assert_eq!(log.take().len(), 2);

    let router = router.fallback(move |other: Received| {
        let fault = other.fault().unwrap().clone();
        noted.add(format!("{} {}", fault.reason, other.raw.get()));
        async {}
    });
    let report = router.handle(&read(&malformed)).await;
    assert_eq!((report.handled, report.unhandled), (3, 0));
    assert_eq!(
        log.take()[1],
        r#"is no object, or too long ["no","message"]"#
    );

    let router = router.on_malformed(noting(&log, "malformed"));
    let report = router.handle(&read(&malformed)).await;
    assert_eq!((report.handled, report.malformed.len()), (3, 1));
    assert_eq!(log.take()[1], "malformed: messages");
}

#[tokio::test]
async fn what_nests_too_deep_to_be_typed_is_given_as_it_came() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    let body = WebhookBuilder::new()
        .message(Inbound::unknown("of_tomorrow", json!("DEEP")))
        .body();
    let body = String::from_utf8(body.into())
        .unwrap()
        .replace("\"DEEP\"", &deep);
    let (sender, seen) = std::sync::mpsc::channel();
    let router = Router::new().fallback(move |other: Received| {
        sender.send(other).unwrap();
        async {}
    });
    let notification = Notification::read(body.into()).unwrap();
    let report = router.handle(&notification).await;
    assert_eq!(report.handled, 1);
    let other = seen.recv().unwrap();
    assert_eq!(other.kind, UpdateKind::Message);
    assert!(matches!(other.element, Decoded::Other(_)));
    assert!(other.raw.get().contains(&deep));
}

#[tokio::test]
async fn one_that_fails_is_reported_and_the_others_are_handled() {
    let log = Log::default();
    let router = Router::new()
        .on_message(|message: Received<Message>| async move {
            match message.element.content() {
                Content::Text(_) => Err("no words today"),
                _ => Ok(()),
            }
        })
        .on_template_status(noting::<TemplateStatus>(&log, "template"));
    let builder = WebhookBuilder::new()
        .message(Inbound::text("fails"))
        .message(Inbound::image("1"))
        .template(&TemplateEvent::Approved, 1, "hello", "de")
        .status(StatusUpdate::read("wamid.A"));
    let report = router.handle(&read(&builder)).await;
    assert_eq!((report.handled, report.unhandled), (2, 1));
    let [failed] = report.failed.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(failed.error.to_string(), "no words today");
    assert_eq!(failed.kind, UpdateKind::Message);
    // Meta sends it again: by its key it is known to be the same.
    let again = router.handle(&read(&builder)).await;
    assert_eq!(again.failed[0].key, failed.key);
    assert_eq!(failed.key.len(), 64);
}
