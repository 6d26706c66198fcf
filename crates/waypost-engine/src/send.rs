//! One message to Meta: call, judge, settle.
//!
//! | what came of it | what it means |
//! |---|---|
//! | an id | sent |
//! | it did not leave | again, at growing distances up to a minute; the account's breaker guards Meta and us |
//! | refused | as [`waypost_core::refusal`] has it: the number slows down, the pair waits, the account is held, the message fails |
//! | it may have gone out | uncertain: its status webhook decides, or the account's policy after five minutes |
//!
//! Whatever is tried again is given up a day after it was stored: the customer's window has closed by then. What waits
//! because its account is held is given up after a week.
//!
//! Nobody has to be refused for being too fast: a number sends no more than its throughput, a pair no more than its rate, and
//! waiting for that costs neither an attempt nor a write ([`senders`]).
//!
//! **Invariant:** nothing whose fate is unknown is sent again here.

mod hold;
mod judge;
mod senders;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;
use waypost_core::account::{Account, AccountId, THROUGHPUT};
use waypost_core::callback;
use waypost_core::directory::Directory;
use waypost_core::message::SendVerdict;
use waypost_core::time::UnixMillis;
use waypost_store::{Demand, Error, SendClaim, SendSettlement, Store};
use whatsapp_cloud::Client;
use whatsapp_cloud::graph::messages::SendMessage;

use crate::clock::Clock;
use crate::dice::Dice;
use crate::gate::{Gates, Room};
use crate::observer::{Observer, SendReport};
use crate::pump::Work;

use judge::own_error;
pub(crate) use senders::Senders;

/// When a claim is looked at again whose account has left the configuration since.
const ABSENT_ACCOUNT: Duration = Duration::from_mins(1);

/// The outbox's kind of work.
pub(crate) struct Sending {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observer: Arc<dyn Observer>,
    /// Without a token: each call brings its account's.
    pub(crate) client: Client,
    pub(crate) gates: Arc<Gates<AccountId>>,
    pub(crate) senders: Senders,
    /// Taken while a hold is stored and told.
    pub(crate) publishing: tokio::sync::Mutex<()>,
    /// Whether the holds of before the start were read.
    pub(crate) restored: AtomicBool,
    pub(crate) dice: Dice,
    pub(crate) in_flight: usize,
}

/// What came of one claim.
pub(crate) struct Done {
    settlement: SendSettlement,
    error_code: Option<i64>,
    refusal: Option<&'static str>,
    duration: Duration,
    lag: Duration,
}

#[async_trait]
impl Work for Sending {
    type Key = AccountId;
    type Claim = SendClaim;
    type Done = Done;

    const NAME: &'static str = "messages";

    fn gates(&self) -> &Arc<Gates<AccountId>> {
        &self.gates
    }

    fn keys(&self) -> Vec<(AccountId, usize)> {
        let directory = self.directory.load();
        let enabled = directory.accounts.iter().filter(|account| account.enabled);
        enabled
            .map(|account| {
                // At the full rate, as many calls are under way as a quarter of a second takes.
                let at_full_rate = usize::try_from(account.throughput / 4).unwrap_or(usize::MAX);
                (account.id.clone(), self.in_flight.max(at_full_rate))
            })
            .collect()
    }

    fn room(&self, account_id: &AccountId, now: UnixMillis, cap: usize) -> Room {
        let (room, in_flight) = self
            .gates
            .with(account_id, |gate| (gate.room(now, cap), gate.in_flight));
        let room = match room {
            Room::Now(room) => room,
            Room::Probe => 1,
            Room::At(_) | Room::None => return room,
        };
        let directory = self.directory.load();
        let throughput = directory
            .account(account_id.as_str())
            .map_or(THROUGHPUT, |account| account.throughput);
        self.senders.with(account_id, |sender| {
            sender.room(now, room, in_flight, throughput)
        })
    }

    fn begins(&self, claim: &SendClaim, now: UnixMillis) {
        self.senders
            .with(&claim.account_id, |sender| sender.take(now, claim.lane));
    }

    fn key_of(claim: &SendClaim) -> &AccountId {
        &claim.account_id
    }

    fn next_due(&self, accounts: &[AccountId]) -> Option<UnixMillis> {
        self.store.next_send_due(accounts)
    }

    fn ready(&self) -> Arc<Notify> {
        Arc::clone(&self.store.ready().sends)
    }

    async fn claim(
        &self,
        now: UnixMillis,
        demand: &[Demand<AccountId>],
    ) -> Result<Vec<SendClaim>, Error> {
        if self.restore().await? {
            // What there was room for is no longer so.
            self.gates.wake();
            return Ok(Vec::new());
        }
        self.store.claim_sends(now, demand, &self.senders).await
    }

    async fn act(&self, claim: &SendClaim) -> Done {
        let at = self.clock.now();
        let directory = self.directory.load_full();
        let Some(account) = directory
            .account(claim.account_id.as_str())
            .filter(|account| account.enabled)
        else {
            return Done::without_call(claim, give_back(at), at);
        };
        let (client, message) = match self.prepare(claim, account) {
            Ok(prepared) => prepared,
            Err(verdict) => return Done::without_call(claim, verdict, at),
        };
        let began = Instant::now();
        let result = client.call(&message).await;
        let duration = began.elapsed();
        let now = self.clock.now();
        let mut refusal = None;
        let (verdict, error_code) = match result {
            Ok(answer) => {
                self.taken(claim, at, now, &answer.usage);
                let wamid = answer.value.wamid;
                (SendVerdict::Sent { wamid }, None)
            }
            Err(error) => {
                let (verdict, concerns) = self.judge(claim, &error, at, now);
                refusal = concerns;
                (verdict, error.api().and_then(|api| api.code))
            }
        };
        Done {
            settlement: SendSettlement {
                lease: claim.lease,
                id: claim.id,
                verdict,
                attempted: true,
            },
            error_code,
            refusal,
            duration,
            lag: at.since(claim.queued_at),
        }
    }

    fn broken(&self, claim: &SendClaim) -> Done {
        tracing::error!(
            message.id = %claim.id, account.id = %claim.account_id,
            "sending message {} panicked", claim.id
        );
        // Whether before or after the call is not known.
        let error = own_error("internal", "the call failed inside the gateway");
        let now = self.clock.now();
        let mut done = Done::without_call(claim, SendVerdict::Uncertain { error }, now);
        done.settlement.attempted = true;
        done
    }

    async fn settle(&self, done: &Done) -> Result<(), Error> {
        let settlements = vec![done.settlement.clone()];
        self.store.settle_sends(self.clock.now(), settlements).await
    }

    async fn settled(&self, claim: &SendClaim, done: &Done) {
        self.publish(&claim.account_id).await;
        let (verdict, next) = match &done.settlement.verdict {
            SendVerdict::Sent { .. } => ("sent", None),
            SendVerdict::Retry { at, .. } => ("retry", Some(at.rfc3339())),
            SendVerdict::Failed { .. } => ("failed", None),
            SendVerdict::Uncertain { .. } => ("uncertain", None),
        };
        let milliseconds = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            message.id = %claim.id, account.id = %claim.account_id, attempt = claim.attempts + 1,
            verdict, error.code = done.error_code, refusal = done.refusal, called = done.settlement.attempted,
            duration_ms = milliseconds(done.duration), lag_ms = milliseconds(done.lag), next,
            "message {} {verdict}", claim.id
        );
        self.observer.send(&SendReport {
            account_id: &claim.account_id,
            message_id: claim.id,
            number: claim.attempts + 1,
            verdict,
            error_code: done.error_code,
            refusal: done.refusal,
            duration: done.duration,
            lag: done.lag,
        });
    }
}

impl Sending {
    /// The call to make, or why none can be made.
    fn prepare(
        &self,
        claim: &SendClaim,
        account: &Account,
    ) -> Result<(Client, SendMessage), SendVerdict> {
        let failed = |code: &str, message: &str| SendVerdict::Failed {
            error: own_error(code, message),
        };
        let Some(token) = account.access_token.clone() else {
            return Err(failed(
                "no_access_token",
                "this account has no access token, so it can only receive: set its `access_token`",
            ));
        };
        let Some(number) = account.phone_number_id.as_deref() else {
            return Err(failed(
                "no_phone_number_id",
                "this account has no phone number id, so it can only receive: set its `phone_number_id`",
            ));
        };
        let message = SendMessage::raw(number, &claim.body)
            .and_then(|message| {
                let caller = message.callback_data();
                message.with_callback_data(&callback::join(caller.as_deref(), claim.id))
            })
            .map_err(|_| failed("not_a_message", "the message is not a JSON object"))?;
        let client = self
            .client
            .clone()
            .with_version(&account.api_version)
            .with_token(token);
        Ok((client, message))
    }
}

impl Done {
    fn without_call(claim: &SendClaim, verdict: SendVerdict, now: UnixMillis) -> Self {
        Self {
            settlement: SendSettlement {
                lease: claim.lease,
                id: claim.id,
                verdict,
                attempted: false,
            },
            error_code: None,
            refusal: None,
            duration: Duration::ZERO,
            lag: now.since(claim.queued_at),
        }
    }
}

fn give_back(now: UnixMillis) -> SendVerdict {
    SendVerdict::Retry {
        at: now.plus(ABSENT_ACCOUNT),
        error: own_error(
            "no_account",
            "the account is not in the configuration, or is disabled",
        ),
    }
}
