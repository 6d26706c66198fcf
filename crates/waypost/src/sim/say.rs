//! `waypost sim say`: somebody writes to the business, through the control surface of a running simulator.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::cli::SimSay;
use crate::failure::{Code, Failure};
use crate::output;

/// (ending of the name, message type, file type); anything else is a document.
const FILES: &[(&str, &str, &str)] = &[
    ("jpg", "image", "image/jpeg"),
    ("jpeg", "image", "image/jpeg"),
    ("png", "image", "image/png"),
    ("webp", "sticker", "image/webp"),
    ("mp4", "video", "video/mp4"),
    ("3gp", "video", "video/3gpp"),
    ("ogg", "audio", "audio/ogg; codecs=opus"),
    ("opus", "audio", "audio/ogg; codecs=opus"),
    ("mp3", "audio", "audio/mpeg"),
    ("m4a", "audio", "audio/mp4"),
    ("amr", "audio", "audio/amr"),
    ("pdf", "document", "application/pdf"),
    ("txt", "document", "text/plain"),
];

/// Runs the command.
pub(super) async fn run(args: &SimSay) -> anyhow::Result<()> {
    let said = request(args)?;
    let simulator = Simulator::new(args)?;
    let inbox = inbox(&args.from);
    if args.wait.is_some() {
        // Whatever came before is no answer.
        while !simulator.call(Method::GET, &inbox, None).await?["message"].is_null() {}
    }
    let mut told = simulator.call(Method::POST, "/say", Some(&said)).await?;
    if let Some(seconds) = args.wait {
        let path = format!("{inbox}?wait_seconds={seconds}");
        let answer = simulator.call(Method::GET, &path, None).await?["message"].take();
        if answer.is_null() {
            let sentence = format!("the business answered nothing within {seconds} s");
            let hint = "the simulator's own terminal shows whether the webhook was answered, and what was sent";
            return Err(Failure::new(Code::Failed, sentence).hint(hint).into());
        }
        told["answer"] = answer;
    }
    if args.json {
        return output::print_json(&told.to_string());
    }
    output::print(&format!("{}\n", told["wamid"].as_str().unwrap_or_default()))?;
    let Some(answer) = told.get("answer") else {
        return Ok(());
    };
    let body = &answer["body"];
    let kind = body["type"].as_str().unwrap_or("text");
    let text = body["text"]["body"]
        .as_str()
        .map_or_else(|| body[kind].to_string(), str::to_owned);
    output::print(&format!("{text}\n"))
}

/// What the control surface is asked.
fn request(args: &SimSay) -> anyhow::Result<Value> {
    let mut said = Map::new();
    said.insert("from".to_owned(), args.from.as_str().into());
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            said.insert(name.to_owned(), value);
        }
    };
    add("name", args.name.as_deref().map(Value::from));
    add("reply_to", args.reply_to.as_deref().map(Value::from));
    if let Some(file) = &args.file {
        let (kind, sent) = file_of(file)?;
        let caption = args
            .text
            .as_ref()
            .map_or_else(|| json!({}), |text| json!({"caption": text}));
        add("message", Some(json!({"type": kind, (kind): caption})));
        add("file", Some(sent));
    } else if let Some(file) = &args.json_body {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let wrong = || {
            Failure::new(
                Code::Usage,
                format!("{} does not hold a JSON object", file.display()),
            )
        };
        let message: Map<String, Value> = serde_json::from_str(&text).with_context(wrong)?;
        add("message", Some(message.into()));
    } else if let Some(example) = &args.example {
        if !whatsapp_sim::EXAMPLES
            .iter()
            .any(|known| known == example || known.split('/').next() == Some(example))
        {
            let sentence = format!("there is no example `{example}`");
            let hint = format!("there are {}", whatsapp_sim::EXAMPLES.join(", "));
            return Err(Failure::new(Code::Usage, sentence).hint(hint).into());
        }
        add("example", Some(example.as_str().into()));
    } else {
        add(
            "text",
            Some(args.text.as_deref().unwrap_or("Hello!").into()),
        );
    }
    Ok(said.into())
}

/// The type of message a file makes, and the file.
fn file_of(file: &Path) -> anyhow::Result<(&'static str, Value)> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let ending = file
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    let known = FILES
        .iter()
        .find(|(known, ..)| Some(*known) == ending.as_deref());
    let (kind, mime_type) = known.map_or(
        ("document", "application/octet-stream"),
        |(_, kind, mime)| (*kind, *mime),
    );
    Ok((
        kind,
        json!({"mime_type": mime_type, "filename": name, "base64": STANDARD.encode(bytes)}),
    ))
}

fn inbox(who: &str) -> String {
    let who: String = url::form_urlencoded::byte_serialize(who.as_bytes()).collect();
    // A path knows no `+` for a space.
    format!("/phones/{}/inbox", who.replace('+', "%20"))
}

/// The control surface of a running simulator.
struct Simulator {
    http: reqwest::Client,
    url: String,
}

impl Simulator {
    fn new(args: &SimSay) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30 + args.wait.unwrap_or(0)))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot set up an HTTP client")?;
        let url = args.sim.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, url })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("{}/sim{path}", self.url));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| {
            let sentence = format!("no simulator answers at {}", self.url);
            let failure = Failure::new(Code::Unreachable, sentence)
                .hint("start one with `waypost sim`, or name one with --sim URL");
            anyhow::Error::from(error.without_url()).context(failure)
        })?;
        let status = answer.status();
        let body = answer
            .bytes()
            .await
            .context("the simulator broke off in the middle of its answer")?;
        let told: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() && told.is_object() {
            return Ok(told);
        }
        let why = told["error"].as_str().map_or_else(
            || {
                format!(
                    "{} answered {status}, and is no simulator, it seems",
                    self.url
                )
            },
            str::to_owned,
        );
        Err(Failure::new(Code::Failed, why).into())
    }
}
