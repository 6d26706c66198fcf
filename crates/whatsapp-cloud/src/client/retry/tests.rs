//! What is repeated, and when.

use http::{HeaderMap, StatusCode};

use super::*;
use crate::error::ApiError;

fn api(status: u16, code: i64) -> Error {
    asked(status, code, None)
}

fn asked(status: u16, code: i64, seconds: Option<u64>) -> Error {
    let mut headers = HeaderMap::new();
    if let Some(seconds) = seconds {
        headers.insert("retry-after", seconds.into());
    }
    let body = format!(r#"{{"error":{{"code":{code}}}}}"#);
    let status = StatusCode::from_u16(status).unwrap();
    Error::from_api(ApiError::from_response(status, &headers, body.as_bytes()))
}

fn wait(repetitions: u32, error: &Error, is_repeatable: bool) -> Option<Duration> {
    RetryPolicy::default().wait(repetitions, error, is_repeatable, 0.5)
}

#[test]
fn what_may_have_been_taken_is_repeated_only_if_that_does_no_harm() {
    for error in [
        Error::ambiguous("cut off"),
        api(500, 131_000),
        api(502, 0),
        api(400, 1),
    ] {
        if error.is_ambiguous() {
            assert_eq!(wait(0, &error, false), None, "{error}");
            assert!(wait(0, &error, true).is_some(), "{error}");
        }
    }
    assert!(Error::ambiguous("x").is_ambiguous() && api(500, 131_000).is_ambiguous());
}

#[test]
fn what_surely_had_no_effect_is_repeated_even_if_it_is_a_send() {
    for error in [
        Error::not_sent("no connection"),
        api(400, 130_429),
        api(400, 4),
        api(503, 4),
    ] {
        if !error.is_ambiguous() {
            assert!(wait(0, &error, false).is_some(), "{error}");
        }
    }
    // Meta is unwell: only what may be done twice is done again.
    assert_eq!(wait(0, &api(400, 131_016), false), None);
    assert!(wait(0, &api(400, 131_016), true).is_some());
    for code in [
        190, 100, 131_047, 131_026, 131_049, 131_048, 133_016, 424_242,
    ] {
        assert_eq!(wait(0, &api(400, code), true), None, "{code}");
    }
}

#[test]
fn waits_double_up_to_a_cap_and_are_drawn_evenly() {
    let policy = RetryPolicy {
        max_repetitions: 20,
        ..RetryPolicy::default()
    };
    let error = api(400, 130_429);
    let longest: Vec<u128> = (0..9)
        .map(|repetitions| {
            policy
                .wait(repetitions, &error, false, 1.0)
                .unwrap()
                .as_millis()
        })
        .collect();
    assert_eq!(
        longest,
        [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]
    );
    assert_eq!(policy.wait(3, &error, false, 0.0), Some(Duration::ZERO));
    assert_eq!(policy.wait(20, &error, false, 0.0), None);
}

#[test]
fn a_pair_waits_four_to_the_power_of_its_failures() {
    let error = api(400, 131_056);
    let waits: Vec<u64> = (0..4)
        .map(|x| wait(x, &error, false).unwrap().as_secs())
        .collect();
    assert_eq!(waits, [1, 4, 16, 64]);
}

#[test]
fn what_meta_asks_for_is_a_least_and_too_long_a_wait_is_the_callers() {
    let error = asked(400, 4, Some(7));
    assert_eq!(wait(0, &error, false), Some(Duration::from_millis(7250)));
    assert_eq!(wait(0, &asked(400, 4, Some(3600)), false), None);
    assert_eq!(wait(0, &api(400, 133_015), false), None);
    assert_eq!(wait(2, &asked(400, 4, Some(u64::MAX)), false), None);
}
