//! Replays asked for while the gateway is killed: of everything, of a stretch of time, of a conversation, of a type; some are
//! stopped again.

use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use waypost_core::time::UnixMillis;

use super::world::Customer;
use crate::gateway::Gateway;

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Accepted at this time or later.
    pub(crate) from: Option<UnixMillis>,
    /// Accepted before this time.
    pub(crate) until: Option<UnixMillis>,
    /// Of this conversation.
    pub(crate) customer: Option<Customer>,
    /// Only messages.
    pub(crate) messages: bool,
}

/// A replay that the gateway has begun.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    pub(crate) id: String,
    /// Before it was asked for.
    pub(crate) at: Instant,
    pub(crate) wanted: Wanted,
    /// How it ended, and how many deliveries it says it has made; `None` if it was removed before anybody looked.
    pub(crate) ended: Option<(String, u64)>,
    /// It is not to be stopped.
    pub(crate) is_to_end: bool,
}

/// All of them.
#[derive(Default)]
pub(super) struct Replays {
    all: Vec<Begun>,
    /// Those that nobody has seen end.
    open: Vec<usize>,
}

impl Replays {
    /// Asks for one, and perhaps stops another. A gateway that cannot do it now is asked again another time.
    pub(super) async fn ask(
        &mut self,
        gateway: &Gateway,
        now: UnixMillis,
        rng: &mut StdRng,
        conversations: u32,
    ) -> anyhow::Result<()> {
        let ago = |rng: &mut StdRng, range: std::ops::Range<i64>| {
            Some(UnixMillis(now.0 - rng.random_range(range)))
        };
        let mut wanted = Wanted::default();
        match rng.random_range(0..8) {
            0 => {}
            1..4 => wanted.from = ago(rng, 1_000..8_000),
            4..6 => {
                wanted.from = ago(rng, 6_000..12_000);
                wanted.until = ago(rng, 1_000..6_000);
                wanted.messages = true;
            }
            _ => {
                wanted.customer = Some(Customer {
                    conversation: rng.random_range(0..conversations),
                    number: 0,
                });
            }
        }
        let mut body = json!({
            "from": wanted.from.map(UnixMillis::rfc3339),
            "until": wanted.until.map(UnixMillis::rfc3339),
            "contact": wanted.customer.map(Customer::wa_id),
            "type": wanted.messages.then_some("message.received"),
        });
        let filters = ["from", "until", "contact", "type"];
        body["everything"] = filters.iter().all(|key| body[key].is_null()).into();
        if rng.random_bool(0.5) {
            body["hook_id"] = "app".into();
        }
        if rng.random_bool(0.3) {
            body["rate"] = rng.random_range(200..2_000).into();
        }
        let at = Instant::now();
        // A full disk takes no replay either, and a customer may not have written yet.
        if let Ok(begun) = gateway.post("/api/replay", &body).await
            && let Some(id) = begun["id"].as_str()
        {
            self.open.push(self.all.len());
            self.all.push(Begun {
                id: id.to_owned(),
                at,
                wanted,
                ended: None,
                is_to_end: rng.random_bool(0.7),
            });
        }
        self.look(gateway).await
    }

    /// Looks how those stand that have not ended, and stops one that may be.
    pub(super) async fn look(&mut self, gateway: &Gateway) -> anyhow::Result<()> {
        let mut stopped = false;
        for index in std::mem::take(&mut self.open) {
            let replay = &mut self.all[index];
            let path = format!("/api/replay/{}", replay.id);
            let mut view = match gateway.get(&path).await {
                Ok(view) => view,
                // Retention removes what has ended.
                Err(error) if error.to_string().contains("answered 404") => continue,
                Err(error) => return Err(error),
            };
            let age = replay.at.elapsed();
            if view["state"] == "running"
                && !replay.is_to_end
                && !stopped
                && age > Duration::from_millis(200)
            {
                stopped = true;
                let cancel = gateway.post(&format!("{path}/cancel"), &Value::Null).await;
                view = cancel.unwrap_or(view);
            }
            match view["state"].as_str() {
                Some("running") | None => self.open.push(index),
                Some(state) => {
                    let deliveries = view["deliveries"].as_u64().unwrap_or(0);
                    replay.ended = Some((state.to_owned(), deliveries));
                }
            }
        }
        Ok(())
    }

    /// How many have not ended yet.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// All that the gateway began.
    pub(super) fn all(&self) -> Vec<Begun> {
        self.all.clone()
    }
}
