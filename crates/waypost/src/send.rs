//! `waypost send`: hands a message to the gateway and, if asked, waits for what becomes of it.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use waypost_server::config::Environment;

use crate::cli::{Milestone, Send};
use crate::failure::{Code, Failure, by_options};
use crate::gateway::Api;
use crate::progress::Spinner;
use crate::{messages, output};

/// Between two looks at a message that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Runs the command.
pub(crate) async fn run(args: &Send, environment: &Environment) -> anyhow::Result<()> {
    let body = message(args)?;
    let api = Api::find(&args.target, environment).await?;
    let key = match &args.idempotency_key {
        Some(key) => key.clone(),
        None => format!("{:032x}", random()?),
    };
    let answer = api
        .post("/api/messages", &body, &[("Idempotency-Key", &key)])
        .await
        .map_err(by_options)?;
    let Some(id) = answer["id"].as_str() else {
        anyhow::bail!("the gateway took the message and named no id for it");
    };
    let message = match args.wait {
        Some(goal) => {
            let spinner = Spinner::new(format!("{id} queued"));
            let mut last = answer.clone();
            let waited = tokio::time::timeout(
                Duration::from_secs(args.timeout),
                reach(&api, id, goal, &spinner, &mut last),
            );
            let end = waited.await;
            drop(spinner);
            if let Err(failure) = end.unwrap_or_else(|_| Err(late(id, args.timeout, &last))) {
                // Whoever reads JSON is told what became of it too.
                if args.json {
                    output::print_json(&last.to_string())?;
                }
                return Err(failure);
            }
            last
        }
        None => answer.clone(),
    };
    if args.json {
        return output::print_json(&message.to_string());
    }
    let state = message["state"].as_str().unwrap_or("queued");
    match message["wamid"].as_str() {
        Some(wamid) => output::print(&format!("{id}  {state}  {wamid}\n")),
        None => output::print(&format!("{id}  {state}\n")),
    }
}

/// The message is not where it was to be when the time is up.
fn late(id: &str, seconds: u64, message: &Value) -> anyhow::Error {
    let sentence = format!("{id} did not get there within {seconds} s");
    let sentence = match messages::why(message) {
        Some(why) => format!("{sentence}: {why}"),
        None => sentence,
    };
    let hint = format!("it is still on its way: `waypost trace {id}` tells where");
    Failure::new(Code::Failed, sentence).hint(hint).into()
}

/// Looks until the message has come as far as `goal`; a message that never will is a failure. `last` is what it saw last.
async fn reach(
    api: &Api,
    id: &str,
    goal: Milestone,
    spinner: &Spinner,
    last: &mut Value,
) -> anyhow::Result<()> {
    loop {
        *last = api.get(&format!("/api/messages/{id}")).await?;
        let message = &*last;
        let state = message["state"].as_str().unwrap_or_default();
        spinner.say(match messages::why(message) {
            Some(why) => format!("{id} {state}: {why}"),
            None => format!("{id} {state}"),
        });
        let reached = match state {
            "sent" => Some(Milestone::Sent),
            "delivered" => Some(Milestone::Delivered),
            "read" => Some(Milestone::Read),
            state @ ("failed" | "uncertain") => {
                let mut sentence = format!("{id} is {state}");
                let words = [error_text(&message["error"]), messages::why(message)];
                for words in words.into_iter().flatten() {
                    sentence = format!("{sentence}: {words}");
                }
                return Err(Failure::new(Code::Failed, sentence)
                    .hint(format!("`waypost trace {id}` tells the whole story"))
                    .into());
            }
            _ => None,
        };
        if reached >= Some(goal) {
            return Ok(());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The error's own words; those of a status are a list.
fn error_text(error: &Value) -> Option<String> {
    let error = error.get(0).unwrap_or(error);
    let words = ["message", "title"]
        .iter()
        .find_map(|name| error[name].as_str());
    words.map(str::to_owned)
}

/// The Cloud API message object, with the account beside it.
fn message(args: &Send) -> anyhow::Result<Value> {
    let mut body = match &args.json_body {
        Some(file) => read_body(file)?,
        None => json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "type": "text",
            "text": {"body": args.text},
        }),
    };
    let optional = [
        ("to", &args.to),
        ("recipient", &args.recipient),
        ("account_id", &args.account),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            body[key] = json!(value);
        }
    }
    if let Some(wamid) = &args.reply_to {
        body["context"] = json!({"message_id": wamid});
    }
    Ok(body)
}

fn read_body(file: &Path) -> anyhow::Result<Value> {
    let (name, text) = if file == Path::new("-") {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text).map(|_| text);
        ("standard input".to_owned(), read)
    } else {
        (file.display().to_string(), std::fs::read_to_string(file))
    };
    let text = text.with_context(|| format!("cannot read {name}"))?;
    match serde_json::from_str(&text) {
        Ok(body @ Value::Object(_)) => Ok(body),
        Ok(_) => Err(Failure::new(Code::Usage, "the message is not a JSON object").into()),
        Err(error) => Err(anyhow::Error::from(error)
            .context(Failure::new(Code::Usage, format!("{name} is not JSON")))),
    }
}

fn random() -> anyhow::Result<u128> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(u128::from_le_bytes(bytes))
}
