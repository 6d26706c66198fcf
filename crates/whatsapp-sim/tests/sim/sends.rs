//! Sends, and the faults that befall them, as the SDK's client tells them.

use std::sync::Arc;
use std::time::Duration;

use whatsapp_cloud::client::Client;
use whatsapp_cloud::error::{Error, ErrorClass, ErrorKind};
use whatsapp_cloud::graph::messages::{MarkRead, SendMessage, Sent};
use whatsapp_cloud::graph::phone_number::GetPhoneNumber;
use whatsapp_cloud::message::{Message, Recipient};
use whatsapp_cloud::secret::AccessToken;
use whatsapp_cloud::transport::reqwest::{Limits, ReqwestTransport};
use whatsapp_sim::{Fault, Number, Person, Sim, SimConfig};

const CUSTOMER: &str = "491701234567";
const SOON: Duration = Duration::from_secs(30);

fn number_id() -> String {
    Number::default().phone_number_id
}

/// A client that gives up after `timeout`.
fn client_of(url: &str, timeout: Duration) -> Client {
    let limits = Limits {
        timeout,
        ..Limits::default()
    };
    let transport = ReqwestTransport::new(limits).expect("TLS is there");
    let client = Client::over(Arc::new(transport), AccessToken::new("sim-access-token"));
    client.with_base_url(url).expect("a loopback URL")
}

async fn started() -> (Sim, Client) {
    let sim = Sim::start(SimConfig::default()).await.expect("started");
    let client = client_of(&sim.graph_url(), SOON);
    (sim, client)
}

async fn send(client: &Client, text: &str) -> Result<Sent, Error> {
    let message = Message::text(CUSTOMER, text);
    let call = SendMessage::new(number_id(), &message).expect("a text is JSON");
    client
        .send(&call.with_callback_data(text).expect("a text is JSON"))
        .await
}

#[tokio::test]
async fn what_is_sent_is_what_the_phone_receives() {
    let (sim, client) = started().await;
    let phone = sim.phone("+49 170 1234567");
    let sent = send(&client, "good morning").await.unwrap();
    assert_eq!(sent.contacts[0].wa_id.as_deref(), Some(CUSTOMER));
    let received = phone.next_message(SOON).await.unwrap();
    assert_eq!(received.text(), Some("good morning"));
    assert_eq!(received.wamid, sent.wamid);
    assert_eq!(phone.take_message(), None);
    let sends = sim.sends();
    assert_eq!(sends[0].callback_data.as_deref(), Some("good morning"));
    assert_eq!(
        (sends[0].recipient.as_str(), sends[0].repetition),
        (CUSTOMER, 0)
    );
    sim.stop().await;
}

#[tokio::test]
async fn someone_without_a_phone_number_is_reached_by_user_id() {
    let (sim, client) = started().await;
    let phone = sim.phone(Person::without_number("ada.l"));
    let to = Recipient::User(phone.person().user_id);
    let call = SendMessage::new(number_id(), &Message::text(to, "hello Ada")).unwrap();
    let sent = client.send(&call).await.unwrap();
    assert_eq!(sent.contacts[0].wa_id, None);
    assert_eq!(sent.contacts[0].user_id, Some(phone.person().user_id));
    assert_eq!(
        phone.next_message(SOON).await.unwrap().text(),
        Some("hello Ada")
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_phone_sees_that_it_was_read_and_that_somebody_types() {
    let (sim, client) = started().await;
    let phone = sim.phone(CUSTOMER);
    let wamid = phone.write("anybody there?");
    assert!(!phone.is_read(&wamid) && !phone.sees_typing());
    let mark = MarkRead {
        phone_number_id: number_id(),
        wamid: wamid.clone(),
        typing: true,
    };
    assert!(client.send(&mark).await.unwrap().success);
    assert!(phone.is_read(&wamid) && phone.sees_typing());
    send(&client, "yes").await.unwrap();
    assert!(!phone.sees_typing());
    sim.stop().await;
}

#[tokio::test]
async fn a_fault_before_the_message_was_taken_and_one_after_look_alike_from_outside() {
    let (sim, client) = started().await;
    let hasty = client_of(&sim.graph_url(), Duration::from_millis(300));
    let phone = sim.phone(CUSTOMER);
    for (client, before, after) in [
        (&hasty, Fault::HangBefore, Fault::HangAfter),
        (&client, Fault::ResetBefore, Fault::ResetAfter),
        (&client, Fault::Status(502), Fault::StatusAfter(502)),
    ] {
        sim.fail_next(before);
        let error = send(client, "lost").await.unwrap_err();
        assert!(error.is_ambiguous(), "{before:?}: {error:?}");
        assert_eq!(phone.take_message(), None, "{before:?}");

        sim.fail_next(after);
        let error = send(client, "taken").await.unwrap_err();
        assert!(error.is_ambiguous(), "{after:?}: {error:?}");
        assert_eq!(
            phone.take_message().unwrap().text(),
            Some("taken"),
            "{after:?}"
        );
    }
    sim.fail_next(Fault::GarbageAfter);
    assert!(send(&client, "taken").await.unwrap_err().is_ambiguous());
    assert_eq!((sim.times_taken("lost"), sim.times_taken("taken")), (0, 4));
    let counts = sim.counts();
    assert_eq!(
        (
            counts.sends_taken,
            counts.sends_not_taken,
            counts.double_sends
        ),
        (4, 3, 3)
    );
    assert!(send(&client, "whole again").await.is_ok());
    sim.stop().await;
}

#[tokio::test]
async fn metas_errors_come_with_their_code_and_class_and_have_no_effect() {
    let (sim, client) = started().await;
    let phone = sim.phone(CUSTOMER);
    for (code, class) in [
        (130_429, ErrorClass::Throttled),
        (131_056, ErrorClass::ThrottledPair),
        (131_047, ErrorClass::WindowClosed),
        (131_026, ErrorClass::Recipient),
        (190, ErrorClass::Auth),
        (131_031, ErrorClass::Account),
    ] {
        sim.fail_next(Fault::Code(code));
        let error = send(&client, "x").await.unwrap_err();
        let ErrorKind::Api(api) = error.kind() else {
            panic!("{code}: {error:?}");
        };
        assert_eq!((api.code, api.class), (Some(code), class));
    }
    sim.fail_sends_to(CUSTOMER, Fault::Code(131_016));
    assert!(send(&client, "x").await.unwrap_err().is_ambiguous());
    assert_eq!(phone.take_message(), None);
    sim.stop().await;
}

#[tokio::test]
async fn what_meta_would_refuse_is_refused() {
    let (sim, client) = started().await;
    for (body, code) in [
        (r#"{"type":"text","text":{"body":"x"}}"#.to_owned(), 131_008),
        (
            r#"{"to":"nobody","type":"text","text":{"body":"x"}}"#.to_owned(),
            131_009,
        ),
        (r#"{"to":"1","type":"text"}"#.to_owned(), 131_008),
        (
            r#"{"to":"1","type":"text","text":{"body":""}}"#.to_owned(),
            131_008,
        ),
        (
            r#"{"to":"1","type":"hologram","hologram":{}}"#.to_owned(),
            131_009,
        ),
        (
            r#"{"messaging_product":"telegraph","to":"1","text":{"body":"x"}}"#.to_owned(),
            100,
        ),
        (
            format!(
                r#"{{"to":"1","type":"text","text":{{"body":"{}"}}}}"#,
                "ä".repeat(4097)
            ),
            100,
        ),
    ] {
        let call = SendMessage::raw(number_id(), &body).unwrap();
        let error = client.send(&call).await.unwrap_err();
        assert_eq!(error.api().unwrap().code, Some(code), "{body}");
        assert!(!error.is_ambiguous());
    }
    let just_fits = format!(
        r#"{{"to":"4915550001","type":"text","text":{{"body":"{}"}}}}"#,
        "ä".repeat(4096)
    );
    let call = SendMessage::raw(number_id(), &just_fits).unwrap();
    assert!(client.send(&call).await.is_ok());

    let call = SendMessage::raw("1", r#"{"to":"1","type":"text","text":{"body":"x"}}"#).unwrap();
    let error = client.send(&call).await.unwrap_err();
    let api = error.api().unwrap();
    assert_eq!(
        (api.code, api.subcode, api.http_status),
        (Some(100), Some(33), 400)
    );

    let impostor = client.clone().with_token(AccessToken::new("guessed"));
    let error = send(&impostor, "x").await.unwrap_err();
    assert_eq!(
        (error.api().unwrap().code, error.api().unwrap().http_status),
        (Some(190), 401)
    );
    assert_eq!(sim.counts().sends_taken, 1);
    sim.stop().await;
}

#[tokio::test]
async fn a_number_tells_who_it_is_to_those_with_its_token() {
    let (sim, client) = started().await;
    let call = GetPhoneNumber::new(number_id());
    let number = client.send(&call).await.unwrap();
    let shown = Number::default().display_phone_number;
    assert_eq!(
        (number.id, number.display_phone_number),
        (number_id(), Some(shown))
    );
    let error = client
        .with_token(AccessToken::new("x"))
        .send(&call)
        .await
        .unwrap_err();
    assert_eq!(error.api().unwrap().class, ErrorClass::Auth);
    sim.stop().await;
}

#[tokio::test]
async fn a_simulator_that_is_gone_was_certainly_not_sent_anything() {
    let (sim, client) = started().await;
    send(&client, "one").await.unwrap();
    sim.stop().await;
    let fresh = client_of(&sim.graph_url(), SOON);
    let error = send(&fresh, "two").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotSent), "{error:?}");
    let nowhere = client_of(&sim.graph_url().replace("127.0.0.1", "localhost"), SOON);
    let error = send(&nowhere, "two").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotSent), "{error:?}");
}

#[tokio::test]
async fn stopping_ends_what_hangs() {
    let (sim, client) = started().await;
    sim.phone(CUSTOMER);
    sim.fail_next(Fault::HangAfter);
    let (answer, ()) = tokio::join!(send(&client, "x"), async {
        while sim.times_taken("x") == 0 {
            tokio::task::yield_now().await;
        }
        sim.stop().await;
    });
    assert!(answer.unwrap_err().is_ambiguous());
}
