//! `waypost events --follow`: every event once, whatever happens to the gateway meanwhile.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use crate::program::{Run, Serving, WHATSHOOKED, arg, directory, waypost};

/// A running `waypost events --follow`; killed when dropped.
struct Following {
    _child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

impl Following {
    /// Starts it, and waits until it follows.
    async fn start(args: &[&str]) -> Self {
        let mut command = waypost(&["events", "--follow"]);
        command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut command = Command::from(command);
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut following = Self {
            _child: child,
            out,
            err,
        };
        following.says("following events").await;
        following
    }

    /// Waits for a line of standard error.
    async fn says(&mut self, words: &str) {
        while let Some(line) = self.err.next_line().await.unwrap() {
            if line.contains(words) {
                return;
            }
        }
        panic!("it ended and did not say: {words}");
    }

    /// The text of the next event.
    async fn text(&mut self) -> String {
        let line = self.out.next_line().await.unwrap().unwrap();
        let event: Value = serde_json::from_str(&line).unwrap();
        event["data"]["text"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn whoever_follows_sees_each_event_once_over_a_restart() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let mut serving = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    let data = serving.data.clone();
    let options = ["--json", "--from", "oldest", "--data", arg(&data)];
    let mut following = Following::start(&options).await;
    assert_eq!(serving.webhook("wamid.one", "one").await, 200);
    assert_eq!(following.text().await, "one");

    serving.kill();
    following.says("the gateway is away").await;
    let serving = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    assert_eq!(serving.webhook("wamid.two", "two").await, 200);
    assert_eq!(following.text().await, "two");
    following.says("connected again").await;
    assert_eq!(serving.webhook("wamid.three", "three").await, 200);
    assert_eq!(following.text().await, "three");
}

#[tokio::test]
async fn a_reload_neither_ends_nor_repeats_what_is_followed() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let serving = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    assert_eq!(serving.webhook("wamid.before", "before").await, 200);
    let options = ["--json", "--data", arg(&serving.data)];
    let mut following = Following::start(&options).await;
    serving.signal("-HUP");
    following.says("nothing is missing").await;
    assert_eq!(serving.webhook("wamid.after", "after").await, 200);
    assert_eq!(following.text().await, "after");
}

#[tokio::test]
async fn a_wrong_place_to_begin_is_refused() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let serving = Serving::start(&dir, "config.json", &[]).await;
    let data = arg(&serving.data);
    let command = waypost(&["events", "--follow", "--from", "yesterday", "--data", data]);
    let run: Run = Command::from(command).output().await.unwrap().into();
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains("`oldest`"), "{}", run.err);
}
