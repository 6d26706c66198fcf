//! The pace, by a clock that only moves when somebody waits.

use std::sync::atomic::{AtomicU64, Ordering};

use http::Response;

use super::*;
use crate::client::Sleep;

/// Waiting moves it at once.
#[derive(Debug, Default)]
struct Jumping {
    now_ms: AtomicU64,
}

impl Clock for Jumping {
    fn now(&self) -> Duration {
        Duration::from_millis(self.now_ms.load(Ordering::Relaxed))
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        self.now_ms
            .fetch_add(u64::try_from(wait.as_millis()).unwrap(), Ordering::Relaxed);
        Box::pin(async {})
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Answers with this.
#[derive(Debug)]
struct Says(u16, &'static str);

impl Transport for Says {
    fn call(&self, _: Request<Bytes>) -> CallFuture<'_> {
        let answer = Response::builder()
            .status(self.0)
            .body(Bytes::from_static(self.1.as_bytes()));
        Box::pin(async { Ok(answer.unwrap()) })
    }
}

fn throttle(says: Says, rates: Rates) -> (Throttle, Arc<Jumping>) {
    let clock = Arc::new(Jumping::default());
    (Throttle::new(Arc::new(says), rates, clock.clone()), clock)
}

async fn send(throttle: &Throttle, number: &str, body: &str) {
    let request = Request::post(format!(
        "https://graph.facebook.com/v25.0/{number}/messages"
    ));
    throttle
        .call(request.body(Bytes::from(body.to_owned())).unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_number_sends_its_rate_and_no_more() {
    let (throttle, clock) = throttle(Says(200, "{}"), Rates::of(10));
    for person in 0..30 {
        send(&throttle, "1", &format!(r#"{{"to":"{person}"}}"#)).await;
    }
    // Ten at once, and ten more each second.
    assert_eq!(clock.now(), Duration::from_secs(2));
}

#[tokio::test]
async fn no_second_has_more_messages_than_the_rate_and_the_first_none_more_either() {
    let (throttle, clock) = throttle(Says(200, "{}"), Rates::of(10));
    let mut at = Vec::new();
    for person in 0..60 {
        // Something else takes its time now and then.
        let pause = if person % 7 == 0 { 130 } else { 0 };
        clock.now_ms.fetch_add(pause, Ordering::Relaxed);
        send(&throttle, "1", &format!(r#"{{"to":"{person}"}}"#)).await;
        at.push(clock.now());
    }
    for (first, began) in at.iter().enumerate() {
        let within = |sent: &&Duration| **sent < *began + Duration::from_secs(1);
        let sent = at[first..].iter().take_while(within).count();
        assert!(sent <= 10, "{sent} within a second of message {first}");
    }
    assert!(clock.now() < Duration::from_secs(7), "and not much fewer");
}

#[tokio::test]
async fn one_recipient_in_two_spellings_is_one_pair() {
    let (throttle, clock) = throttle(Says(200, "{}"), Rates::HIGH);
    let spellings = ["+49 170 1234567", "491701234567", "+49 (170) 123-4567"];
    for turn in 0..45 {
        let body = serde_json::json!({"to": spellings[turn % 3]}).to_string();
        send(&throttle, "1", &body).await;
    }
    assert_eq!(clock.now(), Duration::ZERO);
    send(&throttle, "1", r#"{"to":"49 170 1234567"}"#).await;
    assert_eq!(clock.now(), Duration::from_secs(6));
    // What is no phone number is spelt in one way only.
    send(&throttle, "1", r#"{"recipient":"DE.491701234567"}"#).await;
    assert_eq!(clock.now(), Duration::from_secs(6));
}

#[tokio::test]
async fn a_recipient_gets_a_burst_and_then_one_in_six_seconds() {
    let (throttle, clock) = throttle(Says(200, "{}"), Rates::HIGH);
    for _ in 0..45 {
        send(&throttle, "1", r#"{"to":"A"}"#).await;
    }
    assert_eq!(clock.now(), Duration::ZERO);
    send(&throttle, "1", r#"{"to":"A"}"#).await;
    assert_eq!(clock.now(), Duration::from_secs(6));
    send(&throttle, "1", r#"{"recipient":"DE.b"}"#).await;
    send(&throttle, "2", r#"{"to":"A"}"#).await;
    assert_eq!(clock.now(), Duration::from_secs(6), "others need not wait");
}

#[tokio::test]
async fn a_pair_that_meta_finds_too_fast_waits_longer_each_time() {
    let (throttle, clock) = throttle(Says(400, r#"{"error":{"code":131056}}"#), Rates::HIGH);
    let mut at = Vec::new();
    for _ in 0..4 {
        send(&throttle, "1", r#"{"to":"A"}"#).await;
        at.push(clock.now().as_secs());
    }
    assert_eq!(at, [0, 1, 5, 21]);
    send(&throttle, "1", r#"{"to":"B"}"#).await;
    assert_eq!(clock.now().as_secs(), 21);
}

#[tokio::test]
async fn what_is_no_message_does_not_wait() {
    let (throttle, clock) = throttle(Says(200, "{}"), Rates::of(1));
    for _ in 0..5 {
        send(
            &throttle,
            "1",
            r#"{"status":"read","message_id":"wamid.A"}"#,
        )
        .await;
    }
    assert_eq!(clock.now(), Duration::ZERO);
    assert!(!format!("{throttle:?}").contains("State"));
}
