//! `waypost redeliver`: settled deliveries, done again by hand; however many, with a request for every few of them.

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use tokio::signal::unix::{Signal, SignalKind, signal};
use waypost_server::config::Environment;

use crate::cli::{Redeliver, SettledState};
use crate::failure::{Code, Failure, by_options};
use crate::gateway::Api;
use crate::output;
use crate::progress::Spinner;

/// Of one request: few enough to show how it comes on, and to stop soon.
const AT_ONCE: u64 = 1_000;

/// Runs the command.
pub(crate) async fn run(args: &Redeliver, environment: &Environment) -> anyhow::Result<()> {
    let api = Api::find(&args.target, environment).await?;
    let Some(id) = &args.id else {
        return many(args, &api.patient()).await;
    };
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let path = format!("/api/deliveries/{id}/redeliver");
    let new = api.post(&path, &json!({}), &[]).await?;
    if args.json {
        return output::print_json(&new.to_string());
    }
    let new = new["id"].as_str().unwrap_or_default();
    output::print(&format!("{new}  pending\n"))
}

/// What was done so far.
struct Progress {
    is_dry: bool,
    matched: u64,
    redelivered: u64,
    /// Where the next request goes on; null at the end.
    next: Value,
}

async fn many(args: &Redeliver, api: &Api) -> anyhow::Result<()> {
    let mut interrupts = signal(SignalKind::interrupt()).context("cannot listen for signals")?;
    let mut progress = Progress {
        is_dry: args.dry_run,
        matched: 0,
        redelivered: 0,
        next: Value::Null,
    };
    let spinner = Spinner::new(progress.words());
    loop {
        let (answer, is_interrupted) = ask(args, api, &progress, &mut interrupts).await;
        let answer = answer.inspect_err(|_| {
            if progress.matched > 0 {
                output::remark(&progress.words());
            }
        })?;
        let count = |name: &str| answer[name].as_u64().unwrap_or_default();
        progress.matched += count("matched");
        progress.redelivered += count("redelivered");
        progress.next = answer["next"].clone();
        spinner.say(progress.words());
        let is_over =
            progress.next.is_null() || args.limit.is_some_and(|limit| progress.matched >= limit);
        if is_over || is_interrupted {
            drop(spinner);
            return progress.tell(args.json, is_interrupted && !is_over);
        }
    }
}

/// The answer to the next request, and whether Ctrl-C was pressed while it was under way. The second time ends the wait.
async fn ask(
    args: &Redeliver,
    api: &Api,
    progress: &Progress,
    interrupts: &mut Signal,
) -> (anyhow::Result<Value>, bool) {
    let room = args.limit.map_or(AT_ONCE, |limit| limit - progress.matched);
    let mut request = filter(args);
    request.insert("limit".to_owned(), json!(room.min(AT_ONCE)));
    request.insert("after".to_owned(), progress.next.clone());
    let request = Value::Object(request);
    let mut asked = std::pin::pin!(api.post("/api/deliveries/redeliver", &request, &[]));
    let mut is_interrupted = false;
    loop {
        tokio::select! {
            answer = &mut asked => return (answer.map_err(by_options), is_interrupted),
            _ = interrupts.recv() => {
                if is_interrupted {
                    let failure = Failure::new(Code::Failed, "interrupted during a request");
                    return (Err(failure.hint(GO_ON).into()), true);
                }
                is_interrupted = true;
            }
        }
    }
}

const GO_ON: &str = "the same command goes on with the rest";

impl Progress {
    fn words(&self) -> String {
        if self.is_dry {
            format!("{} would be delivered again", self.matched)
        } else {
            format!("{} are delivered again", self.redelivered)
        }
    }

    fn tell(&self, as_json: bool, is_interrupted: bool) -> anyhow::Result<()> {
        if as_json {
            let document = json!({
                "dry_run": self.is_dry,
                "matched": self.matched,
                "redelivered": self.redelivered,
                "more": !self.next.is_null(),
            });
            output::print_json(&document.to_string())?;
        } else if self.next.is_null() {
            output::print(&format!("{}\n", self.words()))?;
        } else {
            output::print(&format!("{}, and there are more\n", self.words()))?;
        }
        if is_interrupted {
            return Err(Failure::new(Code::Failed, "interrupted").hint(GO_ON).into());
        }
        Ok(())
    }
}

fn filter(args: &Redeliver) -> Map<String, Value> {
    let state = match args.state {
        SettledState::Dead => "dead",
        SettledState::Delivered => "delivered",
    };
    let mut filter = Map::new();
    filter.insert("state".to_owned(), json!(state));
    filter.insert("dry_run".to_owned(), json!(args.dry_run));
    filter.insert("everything".to_owned(), json!(args.all));
    for (name, value) in [
        ("hook_id", &args.hook),
        ("account_id", &args.account),
        ("event_id", &args.event),
        ("since", &args.since),
        ("until", &args.until),
    ] {
        if let Some(value) = value {
            filter.insert(name.to_owned(), json!(value));
        }
    }
    filter
}
