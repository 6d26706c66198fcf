//! Repetitions: how long they go on, and what the last answer is worth.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::graph::media::GetMedia;
use crate::graph::messages::MarkRead;
use crate::graph::registration::VerifyCode;
use crate::graph::template::{DeleteTemplate, EditTemplate};
use crate::transport::throttle::{Rates, Throttle};

/// Whoever waits for it moves it.
#[derive(Debug, Default)]
struct Jumping {
    now_ms: Arc<AtomicU64>,
}

impl Jumping {
    fn seconds(&self) -> u64 {
        self.now().as_secs()
    }
}

impl Clock for Jumping {
    fn now(&self) -> Duration {
        Duration::from_millis(self.now_ms.load(Ordering::Relaxed))
    }

    fn sleep(&self, wait: Duration) -> Sleep {
        let now_ms = self.now_ms.clone();
        let wait_ms = u64::try_from(wait.as_millis()).unwrap();
        Box::pin(async move {
            now_ms.fetch_add(wait_ms, Ordering::Relaxed);
        })
    }

    fn chance(&self) -> f64 {
        1.0
    }
}

/// Answers this, or never.
#[derive(Debug)]
struct Says(Option<u16>);

impl Transport for Says {
    fn call(&self, _: Request<Bytes>) -> CallFuture<'_> {
        let status = self.0;
        Box::pin(async move {
            match status {
                Some(status) => Ok(answer(status, "")),
                None => std::future::pending().await,
            }
        })
    }
}

fn never_tired(says: Says) -> (Client, Arc<Jumping>) {
    let clock = Arc::new(Jumping::default());
    let policy = RetryPolicy {
        max_repetitions: 1000,
        ..RetryPolicy::default()
    };
    let client = Client::over(Arc::new(says), AccessToken::new("very-secret"));
    (client.with_retry(policy, clock.clone()), clock)
}

#[tokio::test]
async fn a_call_ends_by_its_deadline_however_often_it_is_repeated() {
    let lookup = GetPhoneNumber::new("1");
    let (client, clock) = never_tired(Says(Some(502)));
    let error = client.send(&lookup).await.unwrap_err();
    assert_eq!(error.api().unwrap().http_status, 502);
    assert!((60..=120).contains(&clock.seconds()), "{clock:?}");

    let (client, clock) = never_tired(Says(Some(502)));
    let deadline = Duration::from_secs(5);
    client.send(&lookup).deadline(deadline).await.unwrap_err();
    assert!((1..=5).contains(&clock.seconds()), "{clock:?}");
}

#[tokio::test]
async fn a_try_that_is_not_answered_is_given_up_at_the_deadline_and_its_fate_is_unknown() {
    let (client, clock) = never_tired(Says(None));
    let error = client
        .send(&text())
        .deadline(Duration::from_secs(5))
        .await
        .unwrap_err();
    assert!(error.is_ambiguous(), "{error}");
    assert_eq!(clock.seconds(), 5);

    // One try may take as long as it was given.
    let (client, clock) = never_tired(Says(None));
    let patience = Duration::from_mins(10);
    client.send(&text()).timeout(patience).await.unwrap_err();
    assert_eq!(clock.seconds(), 600);
}

#[tokio::test]
async fn where_nothing_is_repeated_the_deadline_is_that_of_the_only_try() {
    let (client, script) = scripted(Ok(answer(200, r#"{"messages":[{"id":"wamid.1"}]}"#)));
    let deadline = Duration::from_secs(5);
    client.send(&text()).deadline(deadline).await.unwrap();
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked[0].extensions().get(), Some(&Deadline(deadline)));
}

fn cut() -> Result<http::Response<Bytes>, transport::Error> {
    Err(transport::Error::maybe_sent("cut off"))
}

fn refused() -> http::Response<Bytes> {
    answer(400, r#"{"error":{"code":100}}"#)
}

#[tokio::test]
async fn what_the_first_try_may_have_done_is_not_called_refused_because_the_second_finds_it_done() {
    let delete = DeleteTemplate::new("1", "sale".to_owned());
    let (client, script) = in_turn(vec![cut(), Ok(refused())]);
    let error = patient(client).send(&delete).await.unwrap_err();
    assert_eq!(script.asked.lock().unwrap().len(), 2);
    assert!(error.is_ambiguous() && !error.is_retryable(), "{error}");
    assert_eq!(error.api().unwrap().code, Some(100));
    assert!(error.to_string().contains("an earlier try"), "{error}");

    let (client, _) = in_turn(vec![cut(), Err(transport::Error::not_sent("no route"))]);
    let client = client.with_retry(
        RetryPolicy {
            max_repetitions: 1,
            ..RetryPolicy::default()
        },
        Arc::new(Hurried),
    );
    let error = client.send(&EditTemplate::new("1")).await.unwrap_err();
    assert!(error.is_ambiguous(), "{error}");
}

#[tokio::test]
async fn a_refusal_is_one_where_no_earlier_try_can_have_done_anything() {
    let not_sent = || Err(transport::Error::not_sent("no route"));
    let (client, _) = in_turn(vec![not_sent(), Ok(refused())]);
    let edit = EditTemplate::new("1");
    let error = patient(client).send(&edit).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error}");

    let (client, _) = in_turn(vec![cut(), Ok(refused())]);
    let lookup = GetPhoneNumber::new("1");
    let error = patient(client).send(&lookup).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Api(_)), "{error}");
}

#[tokio::test]
async fn an_error_that_comes_as_a_success_is_no_empty_answer() {
    let body = r#"{ "error": {"message":"no","code":190} }"#;
    let (client, _) = in_turn(vec![Ok(answer(200, body))]);
    let error = client
        .send(&ListTemplates::new("1"))
        .await
        .map(|page| page.data.len())
        .unwrap_err();
    assert_eq!(error.api().unwrap().code, Some(190));
    assert!(error.is_ambiguous(), "nothing says that it had no effect");

    for body in [
        r#"{"error":{"message":"x","type":"OAuthException"}}"#,
        r#"{"error":{"code":190},"x":1}"#,
        r#"{"data":[],"x":"a long way from the beginning","error":{"code":190}}"#,
    ] {
        let said = || in_turn(vec![Ok(answer(200, body))]).0;
        let page = said().send(&ListTemplates::new("1")).await;
        assert!(page.is_err_and(|error| error.is_ambiguous()), "{body}");
        let media = said().send(&GetMedia::new("1")).await;
        assert!(media.is_err_and(|error| error.is_ambiguous()), "{body}");
        let verified = said().send(&VerifyCode::new("1", "123456")).await;
        let kept = verified.unwrap_err().api().unwrap().raw.clone();
        assert_eq!(kept, body);
    }

    let taken = r#"{"error":{"code":1},"messages":[{"id":"wamid.1"}]}"#;
    let (client, _) = in_turn(vec![Ok(answer(200, taken))]);
    assert_eq!(client.send(&text()).await.unwrap().wamid, "wamid.1");
}

const SENT: &str = r#"{"messages":[{"id":"wamid.1"}]}"#;

#[tokio::test]
async fn a_send_whose_turn_comes_after_its_deadline_is_not_sent_and_says_so() {
    for is_retrying in [false, true] {
        let (_, script) = in_turn(vec![Ok(answer(200, SENT)), Ok(answer(200, SENT))]);
        let clock = Arc::new(Jumping::default());
        let rates = Rates {
            pair_burst: 1,
            ..Rates::HIGH
        };
        let throttle = Throttle::new(script.clone(), rates, clock.clone());
        let mut client = Client::over(Arc::new(throttle), AccessToken::new("very-secret"))
            .with_deadline(Duration::from_secs(2));
        if is_retrying {
            client = client.with_retry(RetryPolicy::default(), clock.clone());
        }
        client.send(&text()).await.unwrap();
        let error = client.send(&text()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSent), "{error}");
        assert!(clock.seconds() < 2, "{clock:?}");
        assert_eq!(script.asked.lock().unwrap().len(), 1);

        // One with time enough waits, and has the less time then.
        let deadline = Duration::from_secs(30);
        client.send(&text()).deadline(deadline).await.unwrap();
        let asked = script.asked.lock().unwrap();
        let left: &TimeLeft = asked[1].extensions().get().unwrap();
        assert!(left.0 <= Duration::from_secs(26), "{left:?}");
        if !is_retrying {
            let deadline: &Deadline = asked[1].extensions().get().unwrap();
            assert_eq!(deadline.0, left.0);
        }
    }
}

#[tokio::test]
async fn a_call_without_any_time_is_not_made() {
    for is_retrying in [false, true] {
        let (mut client, script) = in_turn(vec![Ok(answer(200, SENT))]);
        if is_retrying {
            client = patient(client);
        }
        let error = client.send(&text()).deadline(Duration::ZERO).await;
        let error = error.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSent), "{error}");
        assert!(script.asked.lock().unwrap().is_empty());
    }
}

/// Takes 800 ms for each answer.
#[derive(Debug)]
struct Slow(Arc<Script>, Arc<Jumping>);

impl Transport for Slow {
    fn call(&self, request: Request<Bytes>) -> CallFuture<'_> {
        self.1.now_ms.fetch_add(800, Ordering::Relaxed);
        self.0.call(request)
    }
}

fn slow(is_retrying: bool, script: &Arc<Script>) -> Client {
    let clock = Arc::new(Jumping::default());
    let slow = Arc::new(Slow(script.clone(), clock.clone()));
    let mut client = Client::over(slow, AccessToken::new("very-secret"));
    client.clock = Some(clock.clone());
    if is_retrying {
        client = client.with_retry(RetryPolicy::default(), clock);
    }
    client
}

/// How much time each call was told it had.
fn left_ms(script: &Script) -> Vec<u128> {
    let asked = script.asked.lock().unwrap();
    let left = asked.iter().map(|request| {
        let left: &TimeLeft = request.extensions().get().expect("a time that is left");
        left.0.as_millis()
    });
    left.collect()
}

#[tokio::test]
async fn a_download_has_one_deadline_for_all_that_it_asks() {
    let found = r#"{"id":"600","url":"https://lookaside.fbsbx.com/y"}"#;
    for is_retrying in [false, true] {
        let (_, script) = in_turn(vec![Ok(answer(200, found)), Ok(answer(404, ""))]);
        let client = slow(is_retrying, &script).with_deadline(Duration::from_secs(1));
        client.download("600").await.unwrap_err();
        assert_eq!(left_ms(&script), [1000, 200]);
    }
}

#[tokio::test]
async fn an_upload_that_goes_on_where_it_broke_off_has_one_deadline_for_all_of_it() {
    let file = Bytes::from_static(b"0123456789");
    let cut = || Err(transport::Error::maybe_sent("cut off"));
    for is_retrying in [false, true] {
        let begun = r#"{"id":"upload:ABC","file_offset":5}"#;
        let (_, script) = in_turn(vec![
            Ok(answer(200, begun)),
            cut(),
            Ok(answer(200, begun)),
            cut(),
        ]);
        let client = slow(is_retrying, &script).with_deadline(Duration::from_secs(3));
        let file = file.clone();
        let outcome = client
            .upload_resumable("400", "a.pdf", "application/pdf", file)
            .await;
        // The last try's fate, and not that of the question which there was no time for.
        assert!(outcome.unwrap_err().is_ambiguous());
        assert_eq!(left_ms(&script), [3000, 2200, 1400, 600]);
    }
}

#[tokio::test]
async fn an_upload_in_pieces_ends_by_its_timeout_or_the_deadline_whichever_comes_first() {
    let seconds = Duration::from_secs;
    for (timeout, deadline, expected) in [
        (None, None, seconds(300)),
        (Some(seconds(7)), None, seconds(7)),
        (Some(seconds(7)), Some(seconds(5)), seconds(5)),
        (None, Some(seconds(5)), seconds(5)),
    ] {
        let (client, script) = in_turn(vec![Ok(answer(200, r#"{"id":"600"}"#))]);
        let mut client = patient(client);
        client.timeout = timeout;
        client.deadline = deadline;
        let file = || transport::Body::from(Bytes::from_static(b"x"));
        let made = client.upload("100", "text/plain", "a.txt", file()).await;
        assert_eq!(made.unwrap().id, "600");
        let late = client.with_deadline(Duration::ZERO);
        let late = late.upload("100", "text/plain", "a.txt", file()).await;
        assert!(matches!(late.unwrap_err().kind(), ErrorKind::NotSent));
        let asked = script.asked.lock().unwrap();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].extensions().get(), Some(&Deadline(expected)));
    }
}

#[tokio::test]
async fn a_message_is_marked_as_read_even_if_the_first_try_is_not_answered() {
    let read = MarkRead {
        phone_number_id: "100".to_owned(),
        wamid: "wamid.1".to_owned(),
        typing: true,
    };
    let (client, _) = in_turn(vec![cut(), Ok(answer(200, r#"{"success":true}"#))]);
    assert!(patient(client).send(&read).await.unwrap().success);
}
