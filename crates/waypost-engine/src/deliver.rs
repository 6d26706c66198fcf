//! One delivery: render, sign, call, judge, settle.
//!
//! **Invariant:** a call that was made is settled as an attempt, whatever came of it, and what the hook answered is settled with
//! it. **Invariant:** nothing of an event but its ids reaches a log.

mod judge;
mod notice;
mod request;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;
use waypost_core::delivery::{Attempt, Verdict};
use waypost_core::directory::Directory;
use waypost_core::hook::{Hook, HookId, Pause};
use waypost_core::reply::Reply;
use waypost_core::retry::{self, Case, Outcome};
use waypost_core::time::UnixMillis;
use waypost_store::{DeliveryClaim, DeliverySettlement, Demand, Error, HookNews, Store};

use crate::client::{Answer, Failure, HookClient};
use crate::clock::Clock;
use crate::dice::Dice;
use crate::gate::Gates;
use crate::observer::{AttemptReport, Observer};
use crate::pump::Work;

use judge::Judged;
pub use trial::Trial;

/// When a claim is looked at again whose hook has left the configuration since.
const ABSENT_HOOK: Duration = Duration::from_mins(1);

/// The deliveries' kind of work.
pub(crate) struct Deliver {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) client: HookClient,
    pub(crate) gates: Arc<Gates<HookId>>,
    pub(crate) dice: Dice,
}

/// What came of one claim.
pub(crate) struct Done {
    settlement: DeliverySettlement,
    /// `ok`, or what went wrong, as a stable word; absent if no call was made.
    outcome: Option<&'static str>,
    /// From accepting the event to the beginning of the call.
    lag: Duration,
}

/// What a hook's gate makes of a call.
struct Told {
    /// How long the hook was up since the last attempt at this delivery.
    was_up: Duration,
    /// Whether it is down now.
    is_down: bool,
    /// What is to be remembered of it.
    news: Option<HookNews>,
}

#[async_trait]
impl Work for Deliver {
    type Key = HookId;
    type Claim = DeliveryClaim;
    type Done = Done;

    const NAME: &'static str = "deliveries";

    fn gates(&self) -> &Arc<Gates<HookId>> {
        &self.gates
    }

    fn keys(&self) -> Vec<(HookId, usize)> {
        let directory = self.directory.load();
        let active = directory.hooks.iter().filter(|hook| hook.active);
        active
            .map(|hook| (hook.id.clone(), hook.in_flight))
            .collect()
    }

    fn key_of(claim: &DeliveryClaim) -> &HookId {
        &claim.hook_id
    }

    fn next_due(&self, hooks: &[HookId]) -> Option<UnixMillis> {
        self.store.next_delivery_due(hooks)
    }

    fn ready(&self) -> Arc<Notify> {
        Arc::clone(&self.store.ready().deliveries)
    }

    async fn claim(
        &self,
        now: UnixMillis,
        demand: &[Demand<HookId>],
    ) -> Result<Vec<DeliveryClaim>, Error> {
        self.store.claim_deliveries(now, demand).await
    }

    async fn act(&self, claim: &DeliveryClaim) -> Done {
        let directory = self.directory.load_full();
        let Some(hook) = directory.hook(&claim.hook_id).filter(|hook| hook.active) else {
            return Done::given_back(claim, self.clock.now().plus(ABSENT_HOOK));
        };
        let at = self.clock.now();
        let began = Instant::now();
        let result = self.call(claim, hook, &directory, at).await;
        let duration = began.elapsed();

        let now = self.clock.now();
        let judged = judge::judge(&result, now);
        let duration_ms = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
        let told = self.tell_gate(claim, hook, &judged, duration_ms, now);
        let decision = retry::decide(&Case {
            outcome: judged.outcome,
            error: judged.error.as_deref().unwrap_or_default(),
            schedule: &hook.retry,
            order: hook.order,
            attempts: claim.attempts + 1,
            first_attempt_at: claim.first_attempt_at.unwrap_or(at),
            now,
            jitter: self.dice.roll(),
            parked: claim.parked,
            blocked_ms: claim.blocked_ms,
            hook_up: told.was_up,
            hook_down: told.is_down,
        });
        let mut attempt = Attempt {
            number: claim.attempts + 1,
            at,
            duration_ms,
            status: result.as_ref().ok().map(|answer| answer.status),
            error: judged.error,
            response: result.as_ref().ok().and_then(judge::beginning),
            reply: None,
        };
        let mut reply = Reply::default();
        if let Ok(answer) = &result
            && decision.verdict == Verdict::Delivered
        {
            reply = judge::read_reply(claim, hook, &directory, answer);
        }
        attempt.reply = reply.note;
        let notices = notice::notices(claim, hook, &attempt, &decision.verdict, &directory, now);
        Done {
            settlement: DeliverySettlement {
                lease: claim.lease,
                id: claim.id,
                attempt: Some(attempt),
                verdict: decision.verdict,
                blocked_ms: decision.blocked_ms,
                replies: reply.messages,
                notices,
                hook_news: told.news,
            },
            outcome: Some(judged.word),
            lag: at.since(claim.event.received_at),
        }
    }

    fn broken(&self, claim: &DeliveryClaim) -> Done {
        tracing::error!(
            delivery.id = %claim.id, event.id = %claim.event.id, hook.id = %claim.hook_id,
            "the attempt at delivery {} panicked", claim.id
        );
        let now = self.clock.now();
        let error = "internal: the attempt failed inside the gateway".to_owned();
        Done {
            settlement: DeliverySettlement {
                attempt: Some(Attempt {
                    number: claim.attempts + 1,
                    at: now,
                    duration_ms: 0,
                    status: None,
                    error: Some(error.clone()),
                    response: None,
                    reply: None,
                }),
                verdict: Verdict::Park {
                    next: now.plus(Duration::from_hours(1)),
                    reason: error,
                },
                ..Done::given_back(claim, now).settlement
            },
            outcome: Some("internal"),
            lag: now.since(claim.event.received_at),
        }
    }

    async fn settle(&self, done: &Done) -> Result<(), Error> {
        let settlements = vec![done.settlement.clone()];
        self.store
            .settle_deliveries(self.clock.now(), settlements)
            .await
    }

    async fn settled(&self, claim: &DeliveryClaim, done: &Done) {
        if self.gates.with(&claim.hook_id, |gate| gate.recovering) {
            self.recover(&claim.hook_id).await;
        }
        if let (Some(outcome), Some(attempt)) = (done.outcome, &done.settlement.attempt) {
            self.report(claim, done, attempt, outcome);
        }
    }
}

impl Deliver {
    async fn call(
        &self,
        claim: &DeliveryClaim,
        hook: &Hook,
        directory: &Directory,
        now: UnixMillis,
    ) -> Result<Answer, Failure> {
        let call = request::build(claim, hook, directory, now)?;
        self.client.call(call).await
    }

    /// Tells the hook's gate what came of a call.
    fn tell_gate(
        &self,
        claim: &DeliveryClaim,
        hook: &Hook,
        judged: &Judged,
        duration_ms: u32,
        now: UnixMillis,
    ) -> Told {
        self.gates.with(&hook.id, |gate| {
            let was_up = claim
                .last_attempt_at
                .map_or(Duration::ZERO, |last| gate.breaker.up_between(last, now));
            gate.figures.count(judged.error.is_none(), duration_ms);
            let up = Told {
                was_up,
                is_down: false,
                news: None,
            };
            let Some(error) = &judged.error else {
                gate.recovering |= gate.succeeded(now, hook.in_flight);
                return up;
            };
            // What it refuses for good it has read: it is up, whatever becomes of this event.
            if judged.outcome == Outcome::Permanent {
                gate.recovering |= gate.refused(now, error);
                return up;
            }
            let was_down = gate.breaker.open_since().is_some();
            gate.failed(now, claim.id.0, error, judged.overload, hook.in_flight);
            let is_down = gate.breaker.open_since().is_some();
            if is_down && !was_down {
                tracing::warn!(hook.id = %hook.id, "hook {} is down, trying it now and then", hook.id);
            }
            let news = match judged.outcome {
                Outcome::Trouble {
                    retry_after: Some(span),
                } if !span.is_zero() => {
                    gate.not_before = gate.not_before.max(now.plus(span));
                    Some(HookNews::Busy {
                        hook_id: hook.id.clone(),
                        not_before: gate.not_before,
                    })
                }
                Outcome::Gone if gate.paused.is_none() => {
                    tracing::warn!(hook.id = %hook.id, "hook {} answered 410 and is paused", hook.id);
                    let pause = Pause {
                        since: now,
                        reason: "it answered 410 Gone".to_owned(),
                        by_hook: true,
                    };
                    gate.paused = Some(pause.clone());
                    Some(HookNews::Gone {
                        hook_id: hook.id.clone(),
                        pause,
                    })
                }
                _ => None,
            };
            Told {
                was_up,
                is_down,
                news,
            }
        })
    }

    /// The hook is up again: puts what waited for that in line, and only then opens its gate.
    async fn recover(&self, hook_id: &HookId) {
        let recovered = self.store.recover_hook(self.clock.now(), hook_id).await;
        match recovered {
            Ok(()) => tracing::info!(hook.id = %hook_id, "hook {hook_id} answers again"),
            Err(error) => tracing::warn!(
                hook.id = %hook_id, error = &error as &dyn std::error::Error,
                "hook {hook_id} answers again, but what is parked for it keeps its schedule"
            ),
        }
        self.gates.with(hook_id, |gate| gate.recovering = false);
        self.gates.wake();
    }

    fn report(&self, claim: &DeliveryClaim, done: &Done, attempt: &Attempt, outcome: &'static str) {
        let (verdict, next) = match done.settlement.verdict {
            Verdict::Delivered => ("delivered", None),
            Verdict::Retry(next) => ("retry", Some(next)),
            Verdict::Park { next, .. } => ("parked", Some(next)),
            Verdict::Dead { .. } => ("dead", None),
        };
        let next = next.map(UnixMillis::rfc3339);
        let event = &claim.event;
        let lag_ms = u64::try_from(done.lag.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            delivery.id = %claim.id, event.id = %event.id, event.r#type = %event.event_type,
            account.id = %event.account_id, hook.id = %claim.hook_id, attempt = attempt.number,
            status = attempt.status, outcome, verdict, duration_ms = attempt.duration_ms, lag_ms, next,
            replies = done.settlement.replies.len(), parked = claim.parked,
            "delivery {} {verdict}", claim.id
        );
        self.observer.attempt(&AttemptReport {
            hook_id: &claim.hook_id,
            account_id: &event.account_id,
            event_id: event.id,
            event_type: event.event_type,
            delivery_id: claim.id,
            number: attempt.number,
            status: attempt.status,
            outcome,
            verdict,
            duration: Duration::from_millis(attempt.duration_ms.into()),
            lag: done.lag,
            replies: done.settlement.replies.len(),
        });
    }
}

impl Done {
    /// No call was made: again at `at`, from where it was, at no cost.
    fn given_back(claim: &DeliveryClaim, at: UnixMillis) -> Self {
        Self {
            settlement: DeliverySettlement {
                lease: claim.lease,
                id: claim.id,
                attempt: None,
                verdict: Verdict::Retry(at),
                blocked_ms: claim.blocked_ms,
                replies: Vec::new(),
                notices: Vec::new(),
                hook_news: None,
            },
            outcome: None,
            lag: Duration::ZERO,
        }
    }
}
