//! What a hook's answer, or its absence, amounts to.

use waypost_core::directory::Directory;
use waypost_core::hook::Hook;
use waypost_core::render;
use waypost_core::reply::{self, Again, Question, Reply};
use waypost_core::retry::{self, Outcome};
use waypost_core::time::UnixMillis;
use waypost_store::DeliveryClaim;

use crate::client::{Answer, Failure};

/// How much of an answer is remembered with its attempt, in bytes.
const REMEMBERED: usize = 4096;
/// What an exchange with a hook amounts to.
pub(super) struct Judged {
    pub(super) word: &'static str,
    /// For people; absent on success.
    pub(super) error: Option<String>,
    pub(super) outcome: Outcome,
    /// It has more than it can take.
    pub(super) overload: bool,
}

/// What became of a call.
pub(super) fn judge(result: &Result<Answer, Failure>, now: UnixMillis) -> Judged {
    let answer = match result {
        Ok(answer) => answer,
        Err(failure) => {
            return Judged {
                word: failure.word,
                error: Some(failure.to_string()),
                outcome: Outcome::Trouble { retry_after: None },
                overload: failure.word == "timeout",
            };
        }
    };
    let status = answer.status;
    let retry_after = answer
        .retry_after
        .as_deref()
        .and_then(|header| retry::retry_after(header, now));
    let outcome = Outcome::of_status(status, retry_after);
    let (word, error) = match (status, &answer.redirect_host) {
        _ if outcome == Outcome::Success => ("ok", None),
        (300..=399, Some(host)) => (
            "redirect",
            Some(format!(
                "redirect: answered {status} to {host}, and redirects are not followed"
            )),
        ),
        (300..=399, None) => ("redirect", Some(format!("redirect: answered {status}"))),
        _ => ("status", Some(format!("status: answered {status}"))),
    };
    Judged {
        word,
        error,
        outcome,
        overload: matches!(status, 429 | 502 | 503 | 504),
    }
}

/// What the hook answered with, besides having taken the event.
pub(super) fn read_reply(
    claim: &DeliveryClaim,
    hook: &Hook,
    directory: &Directory,
    answer: &Answer,
) -> Reply {
    if answer.too_large {
        return Reply {
            messages: Vec::new(),
            note: Some("ignored: the answer is longer than 256 KiB and was not read".to_owned()),
        };
    }
    if answer.body.trim_ascii().is_empty() {
        // Most apps say nothing, and for that the event need not be read again.
        return Reply::default();
    }
    let (sender, _) = render::party(&claim.event);
    // It was answered when it was delivered for the first time.
    let again = if claim.redelivery.is_some_and(|of| of.was_delivered) {
        Some(Again::Redelivery)
    } else {
        let unwanted = claim.replay.filter(|of| !of.replies);
        unwanted.map(|_| Again::Replay)
    };
    let question = Question {
        event: &claim.event,
        sender: &sender,
        delivery_id: claim.id,
        again,
    };
    reply::parse(&answer.body, &question, hook, directory)
}

/// The beginning of an answer, as text.
pub(super) fn beginning(answer: &Answer) -> Option<String> {
    let kept = &answer.body[..answer.body.len().min(REMEMBERED)];
    (!kept.is_empty()).then(|| String::from_utf8_lossy(kept).into_owned())
}
