//! Recorded webhooks replayed to a bare receiver and to a gateway.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook;

use crate::program::{Run, Serving, arg, directory, file, waypost};

const SECRET: &str = "app-secret-of-the-replay-tests";

/// A consumer that keeps what is rightly signed and answers from a script, then 200.
struct Receiver {
    url: String,
    seen: Arc<Seen>,
    _server: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    bodies: Mutex<Vec<Bytes>>,
    answers: Mutex<VecDeque<u16>>,
}

impl Receiver {
    async fn start(answers: &[u16]) -> Self {
        let seen = Arc::new(Seen {
            answers: Mutex::new(answers.iter().copied().collect()),
            ..Seen::default()
        });
        let app = Router::new()
            .route("/hook", post(receive))
            .with_state(seen.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            seen,
            _server: server,
        }
    }

    fn bodies(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.seen.bodies.lock().unwrap())
    }
}

async fn receive(
    State(seen): State<Arc<Seen>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let signature = headers["x-hub-signature-256"].to_str().unwrap();
    if !webhook::verify(&AppSecret::new(SECRET), &body, signature) {
        return (StatusCode::UNAUTHORIZED, "wrong signature");
    }
    seen.bodies.lock().unwrap().push(body);
    let answer = seen.answers.lock().unwrap().pop_front();
    (
        StatusCode::from_u16(answer.unwrap_or(200)).unwrap(),
        "said so",
    )
}

async fn replay(paths: &[&Path], to: &str, more: &[&str]) -> Run {
    let mut command = waypost(&["sim", "replay", "--to", to]);
    command.args(paths).args(more);
    if !more.contains(&"--app-secret") {
        command.args(["--app-secret", SECRET]);
    }
    let output = tokio::process::Command::from(command).output().await;
    output.unwrap().into()
}

fn message(id: &str, text: &str) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "800000000000001", "changes": [{
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550001111", "phone_number_id": "700000000000001"},
            "contacts": [{"profile": {"name": "Test Person"}, "wa_id": "15550002222"}],
            "messages": [{"from": "15550002222", "id": id, "timestamp": "1790000000", "type": "text",
                          "text": {"body": text}}],
        },
    }]}]})
}

#[tokio::test]
async fn the_recorded_bytes_arrive_in_order_and_rightly_signed() {
    let receiver = Receiver::start(&[]).await;
    let pretty = "{\n  \"object\" : \"caf\\u00e9 \\/ ü\"\n}";
    let dir = directory(&[
        ("a.json", pretty),
        ("b.jsonl", "{\"n\":1}\n{\"n\":2}\n"),
        ("c.json", "[{\"n\":3}, {\"n\" : 4}]"),
        ("readme.md", "not a webhook"),
    ]);
    let run = replay(&[dir.path()], &receiver.url, &["--json"]).await;
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let expected = [pretty, "{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\" : 4}"];
    assert_eq!(receiver.bodies(), expected);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (&report["posted"], &report["answers"]),
        (&json!(5), &json!({"200": 5}))
    );
    assert!(report["latency_ms"]["max"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn whatever_is_not_answered_200_is_named_and_fails_the_command() {
    let receiver = Receiver::start(&[200, 503, 204]).await;
    let dir = directory(&[("all.jsonl", "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n")]);
    let run = replay(&[dir.path()], &receiver.url, &[]).await;
    assert_eq!(run.code, Some(1));
    assert!(
        run.out.contains("all.jsonl#2") && run.out.contains("all.jsonl#3"),
        "{}",
        run.out
    );
    assert!(
        !run.out.contains("all.jsonl#1") && !run.out.contains("all.jsonl#4"),
        "{}",
        run.out
    );
    assert!(
        run.err.contains("2 of 4 webhooks were not answered 200"),
        "{}",
        run.err
    );
}

#[tokio::test]
async fn what_goes_wrong_throughout_comes_with_a_hint() {
    let receiver = Receiver::start(&[]).await;
    let dir = directory(&[("one.json", "{}"), ("broken.json", "{\"object\": ")]);
    let one = file(&dir, "one.json");
    let wrong = replay(&[&one], &receiver.url, &["--app-secret", "guessed"]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(
        wrong
            .err
            .contains("hint: is this the consumer's app secret?"),
        "{}",
        wrong.err
    );
    // Port 1 of this machine: reserved, and nobody there.
    let nobody = replay(&[&one], "http://127.0.0.1:1/", &["--json"]).await;
    assert_eq!(nobody.code, Some(1));
    assert!(
        nobody.err.contains("hint: does the consumer listen there?"),
        "{}",
        nobody.err
    );
    let report: Value = serde_json::from_str(&nobody.out).unwrap();
    assert_eq!(report["not_answered"], 1);
    // A recording that is broken anywhere is not begun.
    let broken = replay(&[dir.path()], &receiver.url, &[]).await;
    insta::assert_snapshot!("replay-not-json", broken.seen(dir.path()));
    assert!(receiver.bodies().is_empty());
}

#[tokio::test]
async fn a_rate_is_kept_however_many_are_under_way() {
    let receiver = Receiver::start(&[]).await;
    let lines = "{}\n".repeat(11);
    let dir = directory(&[("all.jsonl", &lines)]);
    let run = replay(
        &[dir.path()],
        &receiver.url,
        &["--json", "--rate", "20", "--concurrency", "8"],
    )
    .await;
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["answers"]["200"], 11);
    // The eleventh is due after half a second.
    assert!(report["seconds"].as_f64().unwrap() >= 0.5, "{report}");
}

/// A gateway that proves what it takes.
async fn gateway(dir: &tempfile::TempDir) -> Serving {
    let config = format!(
        "[[account]]\nid = \"shop\"\nphone_number_id = \"700000000000001\"\nbusiness_account_id = \"800000000000001\"\n\
         access_token = \"EAAtest\"\napp_secret = \"{SECRET}\"\nverify_token = \"a-verify-token-that-is-long-enough\"\n\
         senders = \"everyone\"\n"
    );
    std::fs::write(file(dir, "waypost.toml"), config).unwrap();
    Serving::start(dir, "waypost.toml", &[]).await
}

/// How many events a gateway has.
async fn events(serving: &Serving) -> usize {
    let mut command = waypost(&["events", "--json", "--limit", "10000"]);
    command.args(["--data", arg(&serving.data)]);
    let output = tokio::process::Command::from(command).output().await;
    let run: Run = output.unwrap().into();
    assert_eq!(run.code, Some(0), "{}", run.err);
    run.out.lines().count()
}

#[tokio::test]
async fn a_second_replay_is_taken_for_a_repetition_unless_its_ids_are_fresh() {
    let dir = directory(&[]);
    let serving = gateway(&dir).await;
    let recorded = file(&dir, "recorded.json");
    let both = json!([message("wamid.one", "hello"), message("wamid.two", "again")]);
    std::fs::write(&recorded, both.to_string()).unwrap();
    let to = format!("{}/webhooks/whatsapp/shop", serving.url);
    for (more, expected) in [
        (&[][..], 2),
        (&[], 2),
        (&["--fresh-ids"], 4),
        (&["--fresh-ids"], 6),
    ] {
        let run = replay(&[&recorded], &to, more).await;
        assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
        assert_eq!(events(&serving).await, expected, "{more:?}");
    }
}

/// Real notifications, where they are at hand (`WAYPOST_CORPUS`, or beside the workspace).
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("WAYPOST_CORPUS").map_or(beside, PathBuf::from);
    root.is_dir().then_some(root)
}

#[tokio::test]
async fn the_whole_corpus_is_answered_200_by_a_gateway_and_by_a_bare_receiver() {
    let Some(corpus) = corpus() else {
        println!("skipped: no corpus here; WAYPOST_CORPUS names its folder");
        return;
    };
    let dir = directory(&[]);
    let serving = gateway(&dir).await;
    let receiver = Receiver::start(&[]).await;
    let to = format!("{}/webhooks/whatsapp/shop", serving.url);
    for (name, url) in [("gateway", &to), ("bare receiver", &receiver.url)] {
        let run = replay(&[&corpus], url, &["--json"]).await;
        assert_eq!(run.code, Some(0), "{name}: {}{}", run.out, run.err);
        println!("{name}: {}", run.out);
    }
    let once = events(&serving).await;
    assert!(once > 100, "{once} events");
    assert!(receiver.bodies().len() > 300);
    let fresh = ["--json", "--fresh-ids", "--concurrency", "8"];
    let run = replay(&[&corpus], &to, &fresh).await;
    assert_eq!(run.code, Some(0), "{}{}", run.out, run.err);
    assert!(events(&serving).await >= 2 * once);
}
