//! The end of a run: everything is let finish, what was seen is gathered, the gateway is stopped.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;
use whatsapp_sim::Sim;

use super::history::History;
use super::reconcile::{ALLOWED, Answers, Evidence, Message, Stored, Update};
use super::replays::Replays;
use crate::gateway::{Gateway, Home};
use crate::sink::Sink;

/// Everything is let finish within this, or the run fails.
const PATIENCE: Duration = Duration::from_mins(2);
/// By then retention has done what it can: what is younger than a minute it leaves, a round begins a minute after the last, and
/// takes its time.
const RETENTION: Duration = Duration::from_mins(5);

/// Waits until nothing is under way any more.
pub(super) async fn quiet(
    sim: &Sim,
    gateway: &Gateway,
    sink: &Sink,
    replays: &mut Replays,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let drained = tokio::time::timeout_at(deadline.into(), sim.drain()).await;
        drained
            .with_context(|| format!("{} updates were never acknowledged", sim.outstanding()))?;
        let calls = sink.count();
        replays.look(gateway).await?;
        let mut open = Vec::new();
        for state in ["pending", "delivering"] {
            let path = format!("/api/deliveries?state={state}&limit=1");
            open.extend(items(&gateway.get(&path).await?).cloned());
        }
        for state in ["queued", "sending"] {
            let path = format!("/api/messages?state={state}&limit=1");
            open.extend(items(&gateway.get(&path).await?).cloned());
        }
        let is_quiet = open.is_empty() && replays.open() == 0 && sim.outstanding() == 0;
        if is_quiet && sink.count() == calls {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "not quiet within {PATIENCE:?}: {} replays under way, and such as {open:?}",
                replays.open()
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Whether retention has done all it should: the database is as small as it may be, and begins with nothing too old.
pub(super) async fn is_tidy(
    home: &Home,
    gateway: &Gateway,
    history: &History,
) -> anyhow::Result<bool> {
    let oldest = gateway.get("/api/events?limit=1").await?;
    let oldest = oldest["data"][0]["data"]["message_id"].as_str();
    let is_too_old = oldest.is_some_and(|oldest| history.too_old.iter().any(|id| id == oldest));
    Ok(!is_too_old && database(&home.data())? <= ALLOWED)
}

/// Waits until it is; the database's size in bytes, whether or not.
pub(super) async fn tidy(home: &Home, gateway: &Gateway, history: &History) -> anyhow::Result<u64> {
    let deadline = Instant::now() + RETENTION;
    while !is_tidy(home, gateway, history).await? && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    database(&home.data())
}

/// Bytes of the database's file.
pub(super) fn database(data: &Path) -> anyhow::Result<u64> {
    Ok(std::fs::metadata(data.join("waypost.db"))?.len())
}

/// What was seen from outside, and what the gateway says it has.
pub(super) async fn gather(
    sim: &Sim,
    gateway: &Gateway,
    sink: &Sink,
    history: &History,
    replays: &Replays,
    kills: Vec<Instant>,
) -> anyhow::Result<Evidence> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let now = sim.now_ms();
    let mut set_aside = HashSet::new();
    for state in ["parked", "dead"] {
        for delivery in gateway
            .list(&format!("/api/deliveries?state={state}&"))
            .await?
        {
            set_aside.insert(text(&delivery["event_id"]));
        }
    }
    let mut acknowledged = history.waiting.clone();
    for post in sim.posts().iter().filter(|post| !post.is_duplicate) {
        let Some(at) = post.acknowledged_at_ms else {
            continue;
        };
        let age = Duration::from_millis(now.saturating_sub(at));
        // What fills the disk up concerns no message.
        let updates = post
            .updates
            .iter()
            .filter(|name| !name.starts_with("change/"));
        acknowledged.extend(updates.map(|name| update_of(name, age)));
    }
    let events = gateway.list("/api/events?").await?;
    let messages = gateway.list("/api/messages?").await?;
    Ok(Evidence {
        acknowledged,
        calls: sink.calls(),
        kills,
        events: events
            .iter()
            .map(|event| Stored {
                id: text(&event["id"]),
                event_type: text(&event["type"]),
                message_id: text(&event["data"]["message_id"]),
            })
            .collect(),
        too_old: history.too_old.iter().cloned().collect(),
        set_aside,
        replays: replays.all(),
        messages: messages
            .iter()
            .map(|message| Message {
                id: text(&message["id"]),
                state: text(&message["state"]),
                event_id: text(&message["event_id"]),
            })
            .collect(),
        sends: sim
            .sends()
            .into_iter()
            .map(|send| {
                (
                    send.callback_data.unwrap_or_default(),
                    text(&send.body["text"]["body"]),
                )
            })
            .collect(),
        full: Vec::new(),
        refused: Answers::new(),
        database: (0, 0),
    })
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["data"].as_array().into_iter().flatten()
}

/// An update as the simulator's journal names it: `WAMID`, or `WAMID/STATUS`.
fn update_of(name: &str, age: Duration) -> Update {
    let (message_id, event_type) = match name.rsplit_once('/') {
        Some((message_id, status))
            if matches!(status, "sent" | "delivered" | "read" | "failed") =>
        {
            (message_id, format!("message.{status}"))
        }
        _ => (name, "message.received".to_owned()),
    };
    Update {
        event_type,
        message_id: message_id.to_owned(),
        age,
    }
}
