//! The pace, by a clock that only moves when somebody waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

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

/// Stands still until it is moved.
#[derive(Debug, Clone, Default)]
struct Standing {
    now_ms: Arc<AtomicU64>,
}

impl Standing {
    fn move_on(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for Standing {
    fn now(&self) -> Duration {
        Duration::from_millis(self.now_ms.load(Ordering::Relaxed))
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        let (clock, until) = (self.clone(), self.now() + wait);
        Box::pin(std::future::poll_fn(move |_| {
            if clock.now() >= until {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        }))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

fn standing(rates: Rates) -> (Throttle, Standing) {
    let clock = Standing::default();
    let inner = Arc::new(Says(200, "{}"));
    (Throttle::new(inner, rates, Arc::new(clock.clone())), clock)
}

fn asked<'a>(throttle: &'a Throttle, body: &str) -> CallFuture<'a> {
    let request = Request::post("https://graph.facebook.com/v25.0/1/messages");
    throttle.call(request.body(Bytes::from(body.to_owned())).unwrap())
}

fn has_gone(call: &mut CallFuture<'_>) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    call.as_mut().poll(&mut context).is_ready()
}

#[test]
fn sends_that_are_given_up_while_they_wait_starve_no_later_one() {
    let (throttle, clock) = standing(Rates::HIGH);
    let to_one = r#"{"to":"A"}"#;
    for _ in 0..45 {
        assert!(has_gone(&mut asked(&throttle, to_one)));
    }
    let mut gone = 0;
    for _ in 0..300 {
        let mut call = asked(&throttle, to_one);
        let mut is_gone = has_gone(&mut call);
        clock.move_on(2000);
        is_gone = is_gone || has_gone(&mut call);
        gone += u32::from(is_gone);
    }
    assert!((99..=101).contains(&gone), "{gone} in 600 s");
    let mut next = asked(&throttle, to_one);
    let _ = has_gone(&mut next);
    clock.move_on(6000);
    assert!(has_gone(&mut next));

    // Of a number's turns too.
    let (throttle, clock) = standing(Rates::of(1));
    assert!(has_gone(&mut asked(&throttle, r#"{"to":"A"}"#)));
    for person in 0..100 {
        let body = format!(r#"{{"to":"{person}"}}"#);
        assert!(!has_gone(&mut asked(&throttle, &body)));
    }
    let mut next = asked(&throttle, r#"{"to":"B"}"#);
    assert!(!has_gone(&mut next));
    clock.move_on(1000);
    assert!(has_gone(&mut next));
}

#[test]
fn a_send_that_waited_for_its_pair_counts_in_the_second_in_which_it_leaves() {
    let rates = Rates {
        pair_interval: Duration::from_secs(1),
        pair_burst: 1,
        ..Rates::of(10)
    };
    let (throttle, clock) = standing(rates);
    let to = |person: u32| asked(&throttle, &format!(r#"{{"to":"{person}"}}"#));
    let mut waiting: Vec<_> = (0..10).map(|send| to(send / 2)).collect();
    let mut at = Vec::new();
    for tenth in 0..40 {
        if tenth == 10 {
            waiting.extend((10..20).map(to));
        }
        waiting.retain_mut(|call| {
            let is_gone = has_gone(call);
            if is_gone {
                at.push(tenth);
            }
            !is_gone
        });
        clock.move_on(100);
    }
    assert_eq!(at.len(), 20);
    for began in &at {
        let within = at
            .iter()
            .filter(|sent| (*began..began + 10).contains(*sent));
        assert!(within.count() <= 10, "{at:?}");
    }
}

#[tokio::test]
async fn a_recipient_without_quotes_waits_as_one_with_them() {
    let (throttle, clock) = throttle(Says(200, "{}"), Rates::HIGH);
    for turn in 0..45 {
        let body = [
            r#"{"to":491701234567}"#,
            r#"{"to":"1","to":"491701234567"}"#,
        ];
        send(&throttle, "1", body[turn % 2]).await;
    }
    send(&throttle, "1", r#"{"to":"+491701234567"}"#).await;
    assert_eq!(clock.now(), Duration::from_secs(6));
}

#[tokio::test]
async fn an_encrypted_message_keeps_to_its_numbers_rate() {
    let (throttle, clock) = throttle(Says(200, "{}"), Rates::of(1));
    for kind in ["messages_encrypted", "messages", "messages_encrypted"] {
        let request = Request::post(format!("https://graph.facebook.com/v25.0/1/{kind}"));
        let body = Bytes::from_static(br#"{"to":"1","encrypted_contents":"e.y.J"}"#);
        throttle.call(request.body(body).unwrap()).await.unwrap();
    }
    assert_eq!(clock.now(), Duration::from_secs(2));
}
