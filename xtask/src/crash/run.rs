//! The run itself: load, kills, quiet, evidence.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};
use whatsapp_sim::{Fault, Number, Sim, SimConfig};

use super::Options;
use super::reconcile::{Evidence, Message, Update};
use crate::gateway::{Gateway, Home, IN_FLIGHT, free_addr};
use crate::load::{Latencies, account};
use crate::sink::{Answer, Plan, Sink};

/// What a run leaves behind.
pub(crate) struct Outcome {
    pub(crate) evidence: Evidence,
    /// From each start to `/health/ready`.
    pub(crate) ready: Latencies,
    /// From each start to the app's first call.
    pub(crate) first_call: Latencies,
    /// The directory, if it was kept.
    pub(crate) kept: Option<PathBuf>,
}

/// Everything is let finish within this, or the run fails.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) async fn run(options: &Options, binary: &Path) -> anyhow::Result<Outcome> {
    let mut rng = StdRng::seed_from_u64(options.seed);
    let dir = tempfile::tempdir()?;
    let sink = Sink::start(Some(moods(options.seed))).await?;
    let sim = start_sim().await?;
    let home = Home {
        binary: binary.to_owned(),
        dir: dir.path().to_owned(),
        addr: free_addr()?,
        graph_url: sim.graph_url(),
        in_flight: IN_FLIGHT,
    };
    home.furnish(&[("app", &sink.url())])?;
    sim.set_webhook_url(&format!("http://{}{}", home.addr, Home::webhook_path()))?;

    let mut starts = vec![Instant::now()];
    let mut gateway = home.start().await?;
    let mut ready = vec![starts[0].elapsed()];
    let mut kills = Vec::new();
    let writing = Arc::new(AtomicBool::new(true));
    let mut writers = start_writers(options, &sim, &writing);
    for kill in 0..options.kills {
        tokio::time::sleep(Duration::from_millis(rng.random_range(40..1500))).await;
        gateway.kill().await?;
        // What the dead process had written may still be on its way to the app; what comes from here on is the next one's.
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..200))).await;
        let start = Instant::now();
        kills.push(start);
        starts.push(start);
        gateway = home.start().await?;
        ready.push(start.elapsed());
        if (kill + 1) % 25 == 0 {
            println!(
                "{} kills, {} calls of the app",
                kill + 1,
                sink.calls().len()
            );
        }
    }
    writing.store(false, Ordering::Relaxed);
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    let evidence = quiet(&sim, &gateway, &sink, kills).await;
    let kept = (options.keep || evidence.is_err()).then(|| dir.keep());
    let evidence = evidence.with_context(|| format!("the gateway's directory is {kept:?}"))?;
    let first_call = starts
        .iter()
        .filter_map(|start| {
            evidence
                .calls
                .iter()
                .map(|call| call.at)
                .filter(|at| at > start)
                .min()
                .map(|at| at - *start)
        })
        .collect();
    Ok(Outcome {
        evidence,
        ready: Latencies::new(ready),
        first_call: Latencies::new(first_call),
        kept,
    })
}

/// The app: takes and answers most messages, at times late; fails some the first time, so that retries are under way too.
fn moods(seed: u64) -> Answer {
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
        let reply = (call.event_type == "message.received")
            .then(|| json!({"send_message": true, "text": format!("re: {}", call.text)}));
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

/// Customers, each writing one message after another with pauses.
fn start_writers(
    options: &Options,
    sim: &Sim,
    writing: &Arc<AtomicBool>,
) -> tokio::task::JoinSet<anyhow::Result<()>> {
    let mut writers = tokio::task::JoinSet::new();
    for conversation in 0..options.conversations {
        let writing = Arc::clone(writing);
        let mut rng =
            StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003) + u64::from(conversation));
        let sim = sim.clone();
        writers.spawn(async move {
            let mut written = 0u64;
            while writing.load(Ordering::Relaxed) {
                let (customer, number) = (written / MESSAGES_OF_ONE, written % MESSAGES_OF_ONE + 1);
                let wa_id = 15_550_000_000 + customer * 10_000 + u64::from(conversation);
                let phone = sim.phone(wa_id.to_string().as_str());
                phone.write(&format!("c{conversation}.{customer} m{number}"));
                written += 1;
                tokio::time::sleep(Duration::from_millis(rng.random_range(50..900))).await;
            }
            Ok(())
        });
    }
    writers
}

/// Meta, with one number; every fortieth webhook comes twice, and every hundredth send is taken without an answer.
async fn start_sim() -> anyhow::Result<Sim> {
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

/// Lets everything finish, then gathers what was seen.
async fn quiet(
    sim: &Sim,
    gateway: &Gateway,
    sink: &Sink,
    kills: Vec<Instant>,
) -> anyhow::Result<Evidence> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let drained = tokio::time::timeout_at(deadline.into(), sim.drain()).await;
        drained
            .with_context(|| format!("{} updates were never acknowledged", sim.outstanding()))?;
        let calls = sink.calls().len();
        let pending = gateway.get("/api/deliveries?state=pending&limit=1").await?;
        let delivering = gateway
            .get("/api/deliveries?state=delivering&limit=1")
            .await?;
        let messages = gateway.list("/api/messages?").await?;
        let waiting: Vec<&Value> = messages
            .iter()
            .filter(|message| message["state"] == "queued" || message["state"] == "sending")
            .collect();
        let is_empty = |list: &Value| list["data"].as_array().is_some_and(Vec::is_empty);
        if is_empty(&pending)
            && is_empty(&delivering)
            && waiting.is_empty()
            && sim.outstanding() == 0
            && sink.calls().len() == calls
        {
            return gather(sim, gateway, sink, kills, &messages).await;
        }
        if Instant::now() > deadline {
            bail!(
                "not quiet within {PATIENCE:?}: {} messages waiting, such as {:?}; deliveries {pending} {delivering}",
                waiting.len(),
                waiting.first()
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn gather(
    sim: &Sim,
    gateway: &Gateway,
    sink: &Sink,
    kills: Vec<Instant>,
    messages: &[Value],
) -> anyhow::Result<Evidence> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut set_aside = std::collections::HashSet::new();
    for state in ["parked", "dead"] {
        for delivery in gateway
            .list(&format!("/api/deliveries?state={state}&"))
            .await?
        {
            set_aside.insert(text(&delivery["event_id"]));
        }
    }
    let events = gateway.list("/api/events?").await?;
    Ok(Evidence {
        acknowledged: sim
            .acknowledged()
            .iter()
            .map(|update| update_of(update))
            .collect(),
        calls: sink.calls(),
        kills,
        events: events
            .iter()
            .map(|event| (text(&event["type"]), text(&event["data"]["message_id"])))
            .collect(),
        set_aside,
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
    })
}

/// An update as the simulator's journal names it: `WAMID`, or `WAMID/STATUS`.
fn update_of(name: &str) -> Update {
    match name.rsplit_once('/') {
        Some((message_id, status))
            if matches!(status, "sent" | "delivered" | "read" | "failed") =>
        {
            Update {
                event_type: format!("message.{status}"),
                message_id: message_id.to_owned(),
            }
        }
        _ => Update {
            event_type: "message.received".to_owned(),
            message_id: name.to_owned(),
        },
    }
}
