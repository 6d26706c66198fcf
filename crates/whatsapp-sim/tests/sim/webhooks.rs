//! Webhooks as a gateway receives them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use whatsapp_cloud::client::Client;
use whatsapp_cloud::graph::messages::SendMessage;
use whatsapp_cloud::message::{Message, Recipient};
use whatsapp_cloud::secret::{AccessToken, VerifyToken};
use whatsapp_cloud::transport::reqwest::{Limits, ReqwestTransport};
use whatsapp_sim::{Clock, Number, Person, RetrySchedule, Sim, SimConfig};

use crate::receiver::Receiver;

const CUSTOMER: &str = "491701234567";

/// Repeats at once, so that no test waits.
fn eager(url: &str) -> SimConfig {
    SimConfig {
        webhook_url: Some(url.to_owned()),
        retry: RetrySchedule {
            first: Duration::from_millis(1),
            longest: Duration::from_millis(1),
            max_attempts: 5,
        },
        clock: Clock::new(|| 1_790_000_000_500),
        ..SimConfig::default()
    }
}

async fn started(config: SimConfig) -> Sim {
    Sim::start(config).await.expect("started")
}

/// Sends as a gateway would; answers the message's id.
async fn send(sim: &Sim, to: impl Into<Recipient>, callback_data: &str) -> String {
    let transport = ReqwestTransport::new(Limits::default()).expect("TLS is there");
    let client = Client::over(Arc::new(transport), AccessToken::new("sim-access-token"))
        .with_base_url(&sim.graph_url())
        .expect("a loopback URL");
    let call = SendMessage::new(Number::default().phone_number_id, &Message::text(to, "hi"))
        .map(|call| {
            call.with_callback_data(callback_data)
                .expect("a text is JSON")
        })
        .expect("a text is JSON");
    client.send(&call).await.expect("taken").wamid
}

#[tokio::test]
async fn what_a_phone_writes_arrives_escaped_and_rightly_signed() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(eager(&receiver.url)).await;
    let wamid = sim.phone(CUSTOMER).write("Grüße 👋 a/b");
    sim.drain().await;
    let bodies = receiver.bodies();
    assert_eq!((bodies.len(), receiver.wrong_signatures()), (1, 0));
    let text = std::str::from_utf8(&bodies[0]).unwrap();
    assert!(
        text.contains(r"Gr\u00fc\u00dfe \ud83d\udc4b a\/b"),
        "{text}"
    );
    let (id, kind, message, value) = receiver.updates().remove(0);
    assert_eq!((id, kind.as_str()), (wamid.clone(), "text"));
    assert_eq!(message["text"]["body"], "Grüße 👋 a/b");
    assert_eq!(
        (&message["from"], &message["timestamp"]),
        (&json!(CUSTOMER), &json!("1790000000"))
    );
    assert_eq!(value["contacts"][0]["wa_id"], CUSTOMER);
    assert_eq!(
        value["metadata"]["phone_number_id"],
        Number::default().phone_number_id
    );
    assert_eq!(sim.acknowledged(), [wamid]);
    sim.stop().await;
}

#[tokio::test]
async fn someone_without_a_phone_number_shows_none_anywhere() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(eager(&receiver.url)).await;
    let phone = sim.phone(Person::without_number("ada.l").named("Ada"));
    let user_id = phone.person().user_id;
    phone.write("hello");
    send(&sim, Recipient::User(user_id.clone()), "c1").await;
    sim.drain().await;
    let updates = receiver.updates();
    assert_eq!(updates.len(), 3);
    let (_, _, message, value) = &updates[0];
    assert_eq!(
        (message.get("from"), &message["from_user_id"]),
        (None, &json!(user_id))
    );
    assert_eq!(
        value["contacts"],
        json!([{"profile": {"name": "Ada", "username": "ada.l"}, "user_id": user_id}])
    );
    let (_, _, status, _) = &updates[1];
    assert_eq!(
        (status.get("recipient_id"), &status["recipient_user_id"]),
        (None, &json!(user_id))
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_send_is_followed_by_its_statuses_in_order() {
    let receiver = Receiver::start(&[503, 500]).await;
    let sim = started(eager(&receiver.url)).await;
    let phone = sim.phone(CUSTOMER);
    let wamid = send(&sim, CUSTOMER, "msg_7").await;
    phone.read(&wamid);
    sim.drain().await;
    let statuses: Vec<_> = receiver
        .updates()
        .into_iter()
        .map(|(id, status, ..)| (id, status))
        .collect();
    let expected =
        ["sent", "sent", "sent", "delivered", "read"].map(|s| (wamid.clone(), s.to_owned()));
    assert_eq!(statuses, expected);
    for (_, status, element, _) in receiver.updates() {
        assert_eq!(element["biz_opaque_callback_data"], "msg_7");
        assert_eq!(element["recipient_id"], CUSTOMER);
        assert_eq!(element.get("pricing").is_some(), status != "read");
        assert_eq!(element.get("conversation"), None);
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_number_without_a_phone_gets_no_further_than_sent() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(eager(&receiver.url)).await;
    let wamid = send(&sim, "5511999990000", "c").await;
    sim.drain().await;
    assert_eq!(sim.acknowledged(), [format!("{wamid}/sent")]);
    sim.stop().await;
}

#[tokio::test]
async fn a_webhook_is_repeated_until_it_is_answered_200_and_byte_for_byte() {
    let receiver = Receiver::start(&[401, 204, 503]).await;
    let sim = started(eager(&receiver.url)).await;
    let phone = sim.phone(CUSTOMER);
    let ids = [phone.write("one"), phone.write("two")];
    sim.drain().await;
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 5);
    assert!(bodies[..4].iter().all(|body| *body == bodies[0]));
    assert_eq!(sim.acknowledged(), ids);
    let posts = sim.posts();
    assert_eq!((posts[0].attempts, posts[0].last_status), (4, Some(200)));
    assert_eq!(posts[1].attempts, 1);
    sim.stop().await;
}

#[tokio::test]
async fn a_webhook_is_given_up_when_its_schedule_ends_and_the_next_one_goes_on() {
    let receiver = Receiver::start(&[500; 5]).await;
    let sim = started(eager(&receiver.url)).await;
    let phone = sim.phone(CUSTOMER);
    let (lost, kept) = (phone.write("one"), phone.write("two"));
    sim.drain().await;
    let posts = sim.posts();
    assert!(posts[0].is_given_up && posts[0].updates == [lost]);
    assert_eq!(sim.acknowledged(), [kept]);
    assert_eq!((sim.counts().updates_given_up, sim.outstanding()), (1, 0));
    sim.stop().await;
}

#[tokio::test]
async fn nothing_is_lost_while_there_is_nowhere_to_send_it() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(SimConfig {
        webhook_url: None,
        ..eager("")
    })
    .await;
    let wamid = sim.phone(CUSTOMER).write("early");
    assert_eq!(sim.outstanding(), 0);
    sim.set_webhook_url(&receiver.url).unwrap();
    sim.drain().await;
    assert_eq!(sim.acknowledged(), [wamid]);
    assert!(sim.set_webhook_url("not a url").is_err());
    sim.stop().await;
}

#[tokio::test]
async fn held_webhooks_come_as_one_batch_with_everybody_in_it() {
    let receiver = Receiver::start(&[503]).await;
    let sim = started(eager(&receiver.url)).await;
    sim.hold_webhooks();
    let (one, other) = (sim.phone(CUSTOMER), sim.phone("15551230000"));
    let ids = [one.write("a"), other.write("b"), one.write("c")];
    let id = sim.tell("flows", json!({"event": "FLOW_STATUS_CHANGE"}));
    sim.release_batch().await;
    assert_eq!(receiver.bodies().len(), 2);
    let first_try: Vec<_> = receiver
        .updates()
        .into_iter()
        .map(|(id, ..)| id)
        .take(3)
        .collect();
    assert_eq!(first_try, ids);
    assert_eq!(
        receiver.updates()[0].3["contacts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(sim.posts()[0].updates.last(), Some(&id));
    assert_eq!(sim.counts().updates_acknowledged, 4);
    let last = one.write("d");
    sim.drain().await;
    assert_eq!(sim.acknowledged().last(), Some(&last));
    sim.stop().await;
}

#[tokio::test]
async fn a_duplicate_is_the_same_bytes_once_more() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(SimConfig {
        duplicate_every: 3,
        ..eager(&receiver.url)
    })
    .await;
    sim.duplicate_next(1);
    let phone = sim.phone(CUSTOMER);
    for text in ["one", "two", "three"] {
        phone.write(text);
    }
    sim.drain().await;
    let bodies = receiver.bodies();
    assert_eq!(bodies.len(), 5);
    assert_eq!((&bodies[0], &bodies[3]), (&bodies[1], &bodies[4]));
    assert_eq!(sim.counts().updates_acknowledged, 3);
    assert_eq!(
        sim.posts().iter().filter(|post| post.is_duplicate).count(),
        2
    );
    sim.stop().await;
}

#[tokio::test]
async fn every_conversation_keeps_its_order_through_failures() {
    let receiver = Receiver::start(&[]).await;
    let config = eager("http://127.0.0.1:1/nobody-listens");
    let patient = RetrySchedule {
        max_attempts: u32::MAX,
        ..config.retry
    };
    let sim = started(SimConfig {
        retry: patient,
        max_concurrent_posts: 4,
        ..config
    })
    .await;
    let phones: Vec<_> = (0..20)
        .map(|n| sim.phone(&format!("155500000{n:02}")))
        .collect();
    let mut written = Vec::new();
    for round in 0..5 {
        for phone in &phones {
            written.push((phone.person().phone_number, phone.write(&round.to_string())));
        }
    }
    sim.set_webhook_url(&receiver.url).unwrap();
    sim.drain().await;
    let arrived = receiver.updates();
    assert_eq!(arrived.len(), 100);
    for phone in &phones {
        let number = phone.person().phone_number;
        let told: Vec<_> = arrived
            .iter()
            .filter(|(_, _, message, _)| message["from"].as_str() == number.as_deref())
            .map(|(id, ..)| id)
            .collect();
        let wrote: Vec<_> = written
            .iter()
            .filter(|(n, _)| *n == number)
            .map(|(_, id)| id)
            .collect();
        assert_eq!(told, wrote);
    }
    sim.stop().await;
}

#[tokio::test]
async fn a_failing_webhook_holds_up_its_own_conversation_only() {
    let receiver = Receiver::start(&[]).await;
    let config = eager(&receiver.url);
    let patient = RetrySchedule {
        max_attempts: u32::MAX,
        ..config.retry
    };
    let sim = started(SimConfig {
        retry: patient,
        ..config
    })
    .await;
    receiver.refuse(Some("poison"));
    let (stuck, free) = (sim.phone(CUSTOMER), sim.phone("15551230000"));
    let held_up = [stuck.write("poison"), stuck.write("behind it")];
    let through: Vec<_> = (0..20).map(|n| free.write(&n.to_string())).collect();
    let mut acknowledged = sim.acknowledged();
    while acknowledged.len() < 20 {
        tokio::task::yield_now().await;
        acknowledged = sim.acknowledged();
    }
    assert_eq!((acknowledged, sim.outstanding()), (through, 2));
    receiver.refuse(None);
    sim.drain().await;
    let (first, second) = (&sim.acknowledged()[0], sim.acknowledged()[21].clone());
    assert_eq!([first.clone(), second], held_up);
    sim.stop().await;
}

#[tokio::test]
async fn the_handshake_wants_its_challenge_back() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(eager(&receiver.url)).await;
    sim.handshake().await.unwrap();
    sim.stop().await;
    let verify_token = VerifyToken::new("another");
    let sim = started(SimConfig {
        verify_token,
        ..eager(&receiver.url)
    })
    .await;
    let error = sim.handshake().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the handshake was answered 403, without the challenge"
    );
    sim.stop().await;
}
