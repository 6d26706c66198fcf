//! Meta's rules for sends: the window, the limits; and what a status says of a message that failed.

use std::time::Duration;

use serde_json::{Value, json};
use whatsapp_sim::{Behaviour, Clock, Fault, Kind, Number, Sim, SimConfig, Window};

use crate::caller::{Answer, CUSTOMER, send, send_object};
use crate::receiver::Receiver;

const HOUR: Duration = Duration::from_hours(1);

/// Time stands still but for what is let pass.
async fn started(receiver: &Receiver, behaviour: Behaviour) -> Sim {
    let config = SimConfig {
        webhook_url: Some(receiver.url.clone()),
        behaviour,
        clock: Clock::new(|| 1_790_000_000_000),
        ..SimConfig::default()
    };
    Sim::start(config).await.expect("started")
}

/// The statuses of a message, in the order in which they arrived.
fn statuses(receiver: &Receiver, answer: &Answer) -> Vec<(String, Value)> {
    let updates = receiver.updates().into_iter();
    let of_message = updates.filter(|(id, ..)| id == answer.wamid());
    of_message
        .map(|(_, status, element, _)| (status, element))
        .collect()
}

#[tokio::test]
async fn the_window_closes_a_day_after_the_customer_wrote() {
    let receiver = Receiver::start(&[]).await;
    let behaviour = Behaviour {
        window: Window::Refused,
        ..Behaviour::default()
    };
    let sim = started(&receiver, behaviour).await;
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_047));
    let template = json!({"to": CUSTOMER, "type": "template", "template": {"name": "hello", "language": {"code": "en"}}});
    assert_eq!(send_object(&sim, template).await.status, 200);
    sim.phone(CUSTOMER).write("hello");
    sim.pass(HOUR * 23);
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    sim.pass(HOUR);
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_047));

    sim.behave(Behaviour {
        window: Window::FailsLater,
        ..behaviour
    });
    let late = send(&sim, CUSTOMER).await;
    sim.drain().await;
    let told = statuses(&receiver, &late);
    let [(status, element)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(
        (status.as_str(), &element["errors"][0]["code"]),
        ("failed", &json!(131_047))
    );
    let phone = sim.phone(CUSTOMER);
    assert!(phone.take_message().is_some() && phone.take_message().is_none());
    sim.stop().await;
}

#[tokio::test]
async fn a_pair_and_a_number_have_their_limits_and_say_when_to_come_back() {
    let receiver = Receiver::start(&[]).await;
    let behaviour = Behaviour {
        sends_per_second: 50,
        pair_limit: true,
        ..Behaviour::default()
    };
    let sim = started(&receiver, behaviour).await;
    for n in 0..45 {
        assert_eq!(send(&sim, CUSTOMER).await.status, 200, "{n}");
    }
    let pair = send(&sim, CUSTOMER).await;
    assert_eq!((pair.status, pair.code()), (400, Some(131_056)));
    for n in 0..5 {
        assert_eq!(
            send(&sim, &format!("1555000000{n}")).await.status,
            200,
            "{n}"
        );
    }
    let number = send(&sim, "15550001234").await;
    assert_eq!((number.status, number.code()), (400, Some(130_429)));
    let usage = number.headers["x-business-use-case-usage"]
        .to_str()
        .unwrap();
    let usage: Value = serde_json::from_str(usage).unwrap();
    let (_, of_account) = usage.as_object().unwrap().iter().next().unwrap();
    assert_eq!(of_account[0]["estimated_time_to_regain_access"], 1);
    sim.pass(Duration::from_secs(6));
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    assert_eq!(send(&sim, CUSTOMER).await.code(), Some(131_056));
    sim.stop().await;
}

#[tokio::test]
async fn a_planned_throttling_names_its_minutes() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver, Behaviour::default()).await;
    sim.fail_next(Fault::Throttled {
        code: 80_007,
        regain_minutes: 7,
    });
    let throttled = send(&sim, CUSTOMER).await;
    assert_eq!((throttled.status, throttled.code()), (400, Some(80_007)));
    let usage = throttled.headers["x-business-use-case-usage"]
        .to_str()
        .unwrap();
    assert!(
        usage.contains("\"estimated_time_to_regain_access\":7"),
        "{usage}"
    );
    assert!(throttled.headers.contains_key("x-app-usage"));
    assert_eq!(send(&sim, CUSTOMER).await.status, 200);
    sim.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_later_was_accepted_and_reaches_nobody() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver, Behaviour::default()).await;
    let phone = sim.phone(CUSTOMER);
    sim.fail_next(Fault::FailsLater(131_026));
    let answer = send(&sim, CUSTOMER).await;
    assert_eq!(answer.status, 200);
    sim.drain().await;
    let told = statuses(&receiver, &answer);
    let [(status, element)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(status, "failed");
    assert_eq!(element["errors"][0]["title"], "Message undeliverable");
    assert_eq!(element.get("pricing"), None);
    assert_eq!(receiver.updates()[0].3.get("contacts"), None);
    assert_eq!(phone.take_message(), None);
    sim.stop().await;
}

#[tokio::test]
async fn a_message_held_for_quality_says_so() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver, Behaviour::default()).await;
    sim.fail_next(Fault::Held);
    let held = send(&sim, CUSTOMER).await;
    assert_eq!(
        held.body["messages"][0]["message_status"],
        "held_for_quality_assessment"
    );
    sim.stop().await;
}

#[tokio::test]
async fn a_phone_that_is_off_gets_its_messages_when_it_is_on() {
    let receiver = Receiver::start(&[]).await;
    let sim = started(&receiver, Behaviour::default()).await;
    let phone = sim.phone(CUSTOMER);
    phone.switch_off();
    let answer = send(&sim, CUSTOMER).await;
    sim.drain().await;
    assert_eq!(statuses(&receiver, &answer).len(), 1);
    assert_eq!(phone.take_message(), None);
    phone.switch_on();
    phone.play(answer.wamid());
    sim.drain().await;
    let told = statuses(&receiver, &answer);
    let words: Vec<_> = told.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(words, ["sent", "delivered", "played"]);
    assert_eq!(phone.take_message().unwrap().wamid, answer.wamid());
    sim.stop().await;
}

#[tokio::test]
async fn an_answer_within_the_window_is_free_and_a_template_is_not() {
    let receiver = Receiver::start(&[]).await;
    let behaviour = Behaviour {
        phones_read: true,
        ..Behaviour::like_meta()
    };
    let sim = started(&receiver, behaviour).await;
    sim.phone(CUSTOMER).write("hello");
    let members = json!({"name": "hello", "language": "en", "category": "MARKETING", "status": "APPROVED",
        "components": [{"type": "BODY", "text": "Hello"}]});
    let account = Number::default().business_account_id;
    sim.put(Kind::Template, "4711", &account, members);
    let free = send(&sim, CUSTOMER).await;
    let template = json!({"to": "15550009999", "type": "template", "template": {"name": "hello", "language": {"code": "en"}}});
    let paid = send_object(&sim, template).await;
    sim.drain().await;
    for (answer, billable, category) in [(&free, false, "service"), (&paid, true, "marketing")] {
        let told = statuses(&receiver, answer);
        let words: Vec<_> = told.iter().map(|(status, _)| status.as_str()).collect();
        assert_eq!(words, ["sent", "delivered", "read"]);
        let pricing = &told[0].1["pricing"];
        assert_eq!(
            (&pricing["billable"], &pricing["category"]),
            (&json!(billable), &json!(category))
        );
        assert_eq!(told[2].1.get("pricing"), None);
    }
    sim.stop().await;
}
