//! A simulator of Meta as a process of its own: a consumer and a gateway pointed at it, and somebody who writes.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::task::JoinSet;

use crate::program::{Run, Serving, arg, directory, file, run, waypost};

/// `waypost sim` in the background. Dropping it kills it.
struct Simulating {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    http: reqwest::Client,
    url: String,
}

impl Simulating {
    async fn start(args: &[&str]) -> Self {
        let mut command = waypost(&["sim", "--port", "0"]);
        command.args(args);
        let mut child = tokio::process::Command::from(command)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut simulating = Self {
            lines: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
            http: reqwest::Client::builder().build().unwrap(),
            url: String::new(),
        };
        let line = simulating.see("http://127.0.0.1:").await;
        let after = line.split_once("http://").unwrap().1;
        let address: String = after
            .chars()
            .take_while(|c| c.is_ascii_digit() || ".:".contains(*c))
            .collect();
        simulating.url = format!("http://{}", address.trim_end_matches('.'));
        simulating
    }

    /// Reads its output up to a line that holds this.
    async fn see(&mut self, what: &str) -> String {
        let seen = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.contains(what) {
                    return line;
                }
            }
            panic!("the simulator ended before it said {what:?}");
        };
        tokio::time::timeout(Duration::from_secs(30), seen)
            .await
            .unwrap()
    }

    async fn point_at(&self, url: &str) {
        let body = json!({"url": url, "handshake": true});
        let asked = self
            .http
            .put(format!("{}/sim/webhook", self.url))
            .json(&body);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// Runs `waypost sim say`.
    async fn say(&self, args: &[&str]) -> Run {
        let mut command = waypost(&["sim", "say", "--sim", &self.url]);
        command.args(args);
        let output = tokio::process::Command::from(command).output().await;
        output.unwrap().into()
    }

    async fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(sent.unwrap().success());
        let ended = tokio::time::timeout(Duration::from_secs(30), self.child.wait());
        ended.await.unwrap().unwrap().code()
    }
}

/// A consumer of any make: answers every message through the Graph API, with the content's type.
async fn consumer(graph_url: String) -> (String, JoinSet<()>) {
    async fn receive(State(graph_url): State<Arc<String>>, body: Bytes) {
        let body: Value = serde_json::from_slice(&body).unwrap();
        let value = &body["entry"][0]["changes"][0]["value"];
        let message = &value["messages"][0];
        let (Some(from), Some(kind)) = (message["from"].as_str(), message["type"].as_str()) else {
            return;
        };
        let answer = json!({"messaging_product": "whatsapp", "to": from, "type": "text",
                            "text": {"body": format!("thanks for the {kind}")}});
        let id = value["metadata"]["phone_number_id"].as_str().unwrap();
        let client = reqwest::Client::builder().build().unwrap();
        let call = client.post(format!("{graph_url}/v25.0/{id}/messages"));
        let call = call.bearer_auth("sim-access-token").json(&answer);
        assert_eq!(call.send().await.unwrap().status(), 200);
    }
    let app = Router::new()
        .route("/hook", post(receive))
        .with_state(Arc::new(graph_url));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, server)
}

#[tokio::test]
async fn somebody_writes_to_any_consumer_and_reads_its_answer() {
    let mut simulating = Simulating::start(&[]).await;
    let (url, _server) = consumer(simulating.url.clone()).await;
    let asked = simulating
        .http
        .put(format!("{}/sim/webhook", simulating.url));
    assert_eq!(
        asked
            .json(&json!({"url": url}))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let said = simulating
        .say(&["hello", "--name", "Ada", "--wait", "20"])
        .await;
    assert_eq!(
        (said.code, said.err.as_str()),
        (Some(0), ""),
        "{}",
        said.out
    );
    assert!(
        said.out.ends_with("\nthanks for the text\n"),
        "{}",
        said.out
    );
    simulating
        .see("15550002222 is sent \"thanks for the text\"")
        .await;

    let dir = directory(&[("photo.PNG", "not quite a picture")]);
    let photo = file(&dir, "photo.PNG");
    let said = simulating
        .say(&["--file", arg(&photo), "look", "--wait", "20", "--json"])
        .await;
    let told: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        told["answer"]["body"]["text"]["body"],
        "thanks for the image"
    );
    assert_eq!(simulating.interrupt().await, Some(0));
}

#[tokio::test]
async fn a_gateway_talks_to_it_with_what_it_prints() {
    let mut simulating = Simulating::start(&["--phones-read"]).await;
    // What is printed between `graph_url` and the empty line that follows the account is a configuration.
    let mut config = format!("graph_url = \"{}\"\n", simulating.url);
    simulating.see("graph_url = ").await;
    loop {
        let line = simulating.lines.next_line().await.unwrap().unwrap();
        config.push_str(line.trim());
        config.push('\n');
        if line.contains("senders = ") {
            break;
        }
    }
    let dir = directory(&[("waypost.toml", &config)]);
    let serving = Serving::start(&dir, "waypost.toml", &[]).await;
    let callback = format!("{}/webhooks/whatsapp/sim", serving.url);
    simulating.point_at(&callback).await;
    let said = simulating
        .say(&["hello", "--from", "+49 170 1234567"])
        .await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    simulating.see("webhook answered 200").await;
    let mut send = waypost(&[
        "send",
        "--to",
        "+491701234567",
        "--text",
        "hi",
        "--wait=read",
    ]);
    send.args(["--data", arg(&serving.data)]);
    let outcome: Run = tokio::process::Command::from(send)
        .output()
        .await
        .unwrap()
        .into();
    assert_eq!(outcome.code, Some(0), "{}", outcome.err);
    assert!(outcome.out.contains("read"), "{}", outcome.out);
}

#[tokio::test]
async fn what_cannot_be_said_is_explained() {
    let simulating = Simulating::start(&["--json"]).await;
    let nonsense = simulating.say(&["--example", "telepathy"]).await;
    assert_eq!(nonsense.code, Some(2));
    assert!(
        nonsense.err.contains("hint: there are text, image"),
        "{}",
        nonsense.err
    );
    let silence = simulating.say(&["hello", "--wait", "1"]).await;
    assert_eq!(silence.code, Some(1));
    assert!(
        silence.err.contains("answered nothing within 1 s"),
        "{}",
        silence.err
    );
    // Port 1 of this machine: reserved, and nobody there.
    let nobody = run(&["sim", "say", "--sim", "http://127.0.0.1:1"]);
    assert_eq!(nobody.code, Some(4));
    assert!(
        nobody.err.contains("hint: start one with `waypost sim`"),
        "{}",
        nobody.err
    );
    let port = simulating.url.rsplit_once(':').unwrap().1.to_owned();
    let taken = run(&["sim", "--port", &port]);
    assert_eq!(taken.code, Some(1));
    assert!(
        taken.err.contains("--port takes another port"),
        "{}",
        taken.err
    );
}
