//! The world around the gateway: Meta, customers who write without pause, and the app with its moods.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::task::JoinSet;
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};
use whatsapp_sim::{Fault, Number, Sim, SimConfig};

use super::Options;
use crate::load::account;
use crate::sink::{Answer, Plan};

/// What the app answers to what it is told again begins like this; nothing of it may ever be sent.
pub(super) const ANSWER_AGAIN: &str = "again: ";

/// What the app answers to a message.
pub(super) fn answer_to(text: &str) -> String {
    format!("re: {text}")
}

/// The app: takes and answers most messages, at times late; fails some the first time, so that retries are under way too.
pub(super) fn moods(seed: u64) -> Answer {
    let roll = move |text: &str, salt: u32| {
        let mut hasher = DefaultHasher::new();
        (seed, text, salt).hash(&mut hasher);
        hasher.finish() % 100
    };
    let calls_of: std::sync::Mutex<std::collections::HashMap<String, u32>> =
        std::sync::Mutex::default();
    Arc::new(move |call| {
        let times = calls_of.lock().map_or(1, |mut calls_of| {
            let times = calls_of.entry(call.event_id.clone()).or_default();
            *times += 1;
            *times
        });
        let delay = match roll(&call.event_id, times) {
            0..70 => Duration::ZERO,
            mood => Duration::from_millis(mood),
        };
        // Not more than twice: the later retries come after minutes, and the run would wait for them.
        let fails = times <= 2 && roll(&call.message_id, times + 1000) < 5;
        let text = if call.again {
            format!("{ANSWER_AGAIN}{}", call.text)
        } else {
            answer_to(&call.text)
        };
        let reply = (call.event_type == "message.received")
            .then(|| json!({"send_message": true, "text": text}));
        if fails {
            Plan {
                delay,
                status: 500,
                body: None,
            }
        } else {
            Plan {
                delay,
                status: 200,
                body: reply,
            }
        }
    })
}

/// What one customer writes before another goes on in their place: to one recipient Meta takes no more than so many
/// messages at once, and the replies of the run are not to wait for that.
const MESSAGES_OF_ONE: u64 = 40;

/// One customer after another, in one of the conversations that go on at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) conversation: u32,
    pub(crate) number: u64,
}

impl Customer {
    /// As the messages name them.
    pub(super) fn name(self) -> String {
        format!("c{}.{}", self.conversation, self.number)
    }

    /// Their phone number.
    pub(super) fn wa_id(self) -> String {
        (15_550_000_000 + self.number * 10_000 + u64::from(self.conversation)).to_string()
    }
}

/// Customers, each writing one message after another with pauses, while `writing` says so.
pub(super) fn start_writers(
    options: &Options,
    sim: &Sim,
    writing: &Arc<AtomicBool>,
) -> JoinSet<anyhow::Result<()>> {
    let mut writers = JoinSet::new();
    for conversation in 0..options.conversations {
        let writing = Arc::clone(writing);
        let mut rng =
            StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003) + u64::from(conversation));
        let sim = sim.clone();
        writers.spawn(async move {
            let mut written = 0u64;
            while writing.load(Ordering::Relaxed) {
                let customer = Customer {
                    conversation,
                    number: written / MESSAGES_OF_ONE,
                };
                let message = written % MESSAGES_OF_ONE + 1;
                let phone = sim.phone(customer.wa_id().as_str());
                phone.write(&format!("{} m{message}", customer.name()));
                written += 1;
                tokio::time::sleep(Duration::from_millis(rng.random_range(50..900))).await;
            }
            Ok(())
        });
    }
    writers
}

/// Meta, with one number; every fortieth webhook comes twice, and every hundredth send is taken without an answer.
pub(super) async fn start_sim() -> anyhow::Result<Sim> {
    let sim = Sim::start(SimConfig {
        app_secret: AppSecret::new(account::APP_SECRET),
        verify_token: VerifyToken::new(account::VERIFY_TOKEN),
        access_token: AccessToken::new(account::ACCESS_TOKEN),
        numbers: vec![Number {
            phone_number_id: account::PHONE_NUMBER_ID.into(),
            business_account_id: account::BUSINESS_ACCOUNT_ID.into(),
            display_phone_number: account::NUMBER.into(),
        }],
        duplicate_every: 40,
        batch_limit: 3,
        ..SimConfig::default()
    })
    .await?;
    sim.fail_every(100, Fault::ResetAfter);
    Ok(sim)
}
