//! What Meta's answer, or its absence, means for a message.

use std::time::Duration;

use serde_json::json;
use waypost_core::message::SendVerdict;
use waypost_core::retry;
use waypost_core::time::UnixMillis;
use waypost_store::SendClaim;
use whatsapp_cloud::{ApiError, ErrorClass, ErrorKind};

use super::Sending;

/// From storing a message to giving it up.
const GIVE_UP_AFTER: Duration = Duration::from_hours(24);
/// The longest pause between two tries to reach Meta.
const LONGEST_REST: Duration = Duration::from_mins(1);
/// The longest pause while the token is wrong.
const LONGEST_TOKEN_REST: Duration = Duration::from_mins(10);
/// The longest pause for one recipient: 4^6 seconds, a little over an hour.
const LONGEST_PAIR_POWER: u32 = 6;
/// Refusals that Meta calls passing, in a row, before they are taken at their word no more: about five minutes.
const TRANSIENT_ATTEMPTS: u32 = 10;
impl Sending {
    /// What an error means for its message, and for the account's gate.
    pub(super) fn judge(
        &self,
        claim: &SendClaim,
        error: &whatsapp_cloud::Error,
        now: UnixMillis,
    ) -> SendVerdict {
        let api = match error.kind() {
            ErrorKind::NotSent => {
                self.meta_failed(claim, now, "not_sent");
                let error = own_error("not_sent", &error.to_string());
                return self.again(claim, now, growing(claim.attempts, LONGEST_REST), error);
            }
            ErrorKind::Ambiguous(api) => {
                self.meta_failed(claim, now, "ambiguous");
                let error = match api {
                    Some(api) => api.to_json().to_string(),
                    None => own_error("ambiguous", &error.to_string()),
                };
                return SendVerdict::Uncertain { error };
            }
            ErrorKind::Api(api) => api,
            // A kind this version does not know may mean anything.
            _ => {
                let error = own_error("ambiguous", &error.to_string());
                return SendVerdict::Uncertain { error };
            }
        };
        self.meta_answered(claim, now);
        self.refused(claim, api, now)
    }

    fn refused(&self, claim: &SendClaim, api: &ApiError, now: UnixMillis) -> SendVerdict {
        let error = api.to_json().to_string();
        let asked = api.retry_after.unwrap_or_default();
        match api.class {
            ErrorClass::Throttled => {
                let rest = growing(claim.attempts, LONGEST_REST).max(asked);
                self.shut(claim, now.plus(rest));
                self.again(claim, now, rest, error)
            }
            ErrorClass::ThrottledPair => {
                let seconds = 4u64.pow(claim.attempts.min(LONGEST_PAIR_POWER));
                self.again(claim, now, Duration::from_secs(seconds).max(asked), error)
            }
            ErrorClass::Transient if claim.attempts < TRANSIENT_ATTEMPTS => {
                let rest = growing(claim.attempts, LONGEST_REST).max(asked);
                self.again(claim, now, rest, error)
            }
            ErrorClass::Auth => {
                let rest = growing(claim.attempts, LONGEST_TOKEN_REST).max(asked);
                tracing::warn!(
                    account.id = %claim.account_id, error.code = api.code,
                    "Meta does not accept the access token of account {}", claim.account_id
                );
                self.shut(claim, now.plus(rest));
                self.again(claim, now, rest, error)
            }
            _ => SendVerdict::Failed { error },
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
        if at > claim.queued_at.plus(GIVE_UP_AFTER) {
            SendVerdict::Failed { error }
        } else {
            SendVerdict::Retry { at, error }
        }
    }

    fn shut(&self, claim: &SendClaim, until: UnixMillis) {
        self.gates.with(&claim.account_id, |gate| {
            gate.not_before = gate.not_before.max(until);
        });
    }

    pub(super) fn meta_answered(&self, claim: &SendClaim, now: UnixMillis) {
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

/// 1 s, 2 s, 4 s, … up to `longest`.
fn growing(attempts: u32, longest: Duration) -> Duration {
    Duration::from_secs(1 << attempts.min(16)).min(longest)
}

/// An error of ours, in the shape of Meta's.
pub(super) fn own_error(code: &str, message: &str) -> String {
    json!({"type": "waypost", "code": code, "message": message}).to_string()
}
