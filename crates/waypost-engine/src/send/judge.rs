//! What Meta's answer, or its absence, means for a message.

use std::time::Duration;

use serde_json::json;
use waypost_core::message::SendVerdict;
use waypost_core::refusal::Refusal;
use waypost_core::retry;
use waypost_core::sender::Fate;
use waypost_core::time::UnixMillis;
use waypost_store::SendClaim;
use whatsapp_cloud::graph::usage::Usage;
use whatsapp_cloud::{ApiError, ErrorKind};

use super::Sending;

/// From storing a message to giving it up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(24);
/// The longest pause between two tries to reach Meta.
const LONGEST_REST: Duration = Duration::from_mins(1);
/// From storing a message to giving it up where its account is held.
const GIVE_UP_HELD_AFTER: Duration = Duration::from_hours(7 * 24);
/// Refusals that Meta calls passing, in a row, before they are taken at their word no more: about five minutes.
const TRANSIENT_ATTEMPTS: u32 = 10;

impl Sending {
    /// Meta took it.
    pub(super) fn taken(
        &self,
        claim: &SendClaim,
        began: UnixMillis,
        now: UnixMillis,
        usage: &Usage,
    ) {
        self.meta_answered(claim, now);
        self.senders.with(&claim.account_id, |sender| {
            sender.number.answered(now, began);
            let used = usage.used_percent().unwrap_or(0);
            sender.number.heed(now, used, usage.regain_access());
            sender.pair(claim.lane).answered();
            sender.health.taken(claim.id.0, began);
        });
    }

    /// What an error means for its message, for the account's gate, pace and health; and what a refusal concerned.
    pub(super) fn judge(
        &self,
        claim: &SendClaim,
        error: &whatsapp_cloud::Error,
        began: UnixMillis,
        now: UnixMillis,
    ) -> (SendVerdict, Option<&'static str>) {
        let api = match error.kind() {
            ErrorKind::NotSent => {
                self.meta_failed(claim, now, "not_sent");
                let error = own_error("not_sent", &error.to_string());
                let rest = growing(claim.attempts, LONGEST_REST);
                return (self.again(claim, now, rest, error), None);
            }
            ErrorKind::Ambiguous(api) => {
                self.meta_failed(claim, now, "ambiguous");
                let error = match api {
                    Some(api) => api.to_json().to_string(),
                    None => own_error("ambiguous", &error.to_string()),
                };
                return (SendVerdict::Uncertain { error }, None);
            }
            ErrorKind::Api(api) => api,
            // A kind this version does not know may mean anything.
            _ => {
                let error = own_error("ambiguous", &error.to_string());
                return (SendVerdict::Uncertain { error }, None);
            }
        };
        self.meta_answered(claim, now);
        let refusal = Refusal::of(api.class, api.code);
        let verdict = self.refused(claim, api, refusal, began, now);
        let concerns = match refusal {
            Refusal::Number => "number",
            Refusal::Pair => "pair",
            Refusal::Passing => "passing",
            Refusal::Sender(_) => "sender",
            Refusal::Message => "message",
        };
        (verdict, Some(concerns))
    }

    fn refused(
        &self,
        claim: &SendClaim,
        api: &ApiError,
        refusal: Refusal,
        began: UnixMillis,
        now: UnixMillis,
    ) -> SendVerdict {
        let json = api.to_json();
        let error = json.to_string();
        let asked = api.retry_after.unwrap_or_default();
        match refusal {
            Refusal::Number => {
                let jitter = self.dice.roll();
                let opens = self.senders.with(&claim.account_id, |sender| {
                    sender.number.refused(now, began, api.retry_after, jitter);
                    sender.number.opens_at()
                });
                until(claim, opens.max(now), error, GIVE_UP_AFTER)
            }
            Refusal::Pair => {
                let opens = self.senders.with(&claim.account_id, |sender| {
                    sender.pair(claim.lane).refused(now)
                });
                until(claim, opens.max(now.plus(asked)), error, GIVE_UP_AFTER)
            }
            Refusal::Passing if claim.attempts < TRANSIENT_ATTEMPTS => {
                let rest = growing(claim.attempts, LONGEST_REST).max(asked);
                self.again(claim, now, rest, error)
            }
            Refusal::Sender(patience) => {
                let fate = self.senders.with(&claim.account_id, |sender| {
                    sender.health.refused(now, claim.id.0, json, patience)
                });
                match fate {
                    // It is the account that waits; the message goes as soon as that may.
                    Fate::Waits => until(claim, now, error, GIVE_UP_HELD_AFTER),
                    Fate::Fails => SendVerdict::Failed { error },
                }
            }
            Refusal::Passing | Refusal::Message => SendVerdict::Failed { error },
        }
    }

    /// Again after `rest`, give or take a fifth, but not past the day.
    fn again(
        &self,
        claim: &SendClaim,
        now: UnixMillis,
        rest: Duration,
        error: String,
    ) -> SendVerdict {
        let at = now.plus(rest.max(retry::jittered(rest, self.dice.roll())));
        until(claim, at, error, GIVE_UP_AFTER)
    }

    fn meta_answered(&self, claim: &SendClaim, now: UnixMillis) {
        self.gates.with(&claim.account_id, |gate| {
            gate.succeeded(now, self.in_flight);
        });
    }

    fn meta_failed(&self, claim: &SendClaim, now: UnixMillis, error: &str) {
        self.gates.with(&claim.account_id, |gate| {
            gate.failed(now, claim.id.0, error, false, self.in_flight);
        });
    }
}

/// Again at `at`, unless that is too late for it.
fn until(claim: &SendClaim, at: UnixMillis, error: String, give_up_after: Duration) -> SendVerdict {
    if at > claim.queued_at.plus(give_up_after) {
        SendVerdict::Failed { error }
    } else {
        SendVerdict::Retry { at, error }
    }
}

/// 1 s, 2 s, 4 s, … up to `longest`.
fn growing(attempts: u32, longest: Duration) -> Duration {
    Duration::from_secs(1 << attempts.min(16)).min(longest)
}

/// An error of ours, in the shape of Meta's.
pub(super) fn own_error(code: &str, message: &str) -> String {
    json!({"type": "waypost", "code": code, "message": message}).to_string()
}
