//! The demo does the main job, and leaves behind what it says it leaves.

use std::time::Duration;

use serde_json::Value;

use crate::program::{arg, directory, run};

/// What every run shows, without times, ports and ids.
fn steps(out: &str) -> String {
    let lines = out.lines().filter_map(|line| line.split_once(" s  ✓ "));
    let names = lines.map(|(_, step)| step.split("  ").next().unwrap_or_default().trim());
    names.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_customer_reads_the_answer_of_an_app() {
    let dir = directory(&[]);
    let data = dir.path().join("demo");
    let demo = run(&["demo", "--once", "--data", arg(&data)]);
    assert_eq!(demo.code, Some(0), "{}{}", demo.out, demo.err);
    assert_eq!(demo.err, "");
    insta::assert_snapshot!("demo-steps", steps(&demo.out));

    // The gateway is stopped by now: this is read from its directory.
    let events = run(&["events", "--json", "--data", arg(&data)]);
    assert_eq!(events.code, Some(0), "{}", events.err);
    let events: Vec<Value> = events
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "message.received",
            "message.sent",
            "message.delivered",
            "message.read"
        ]
    );
    assert_eq!(events[0]["data"]["text"], "Hello! Is my order on its way?");

    let event = events[0]["id"].as_str().unwrap();
    let deliveries = run(&[
        "deliveries",
        "--json",
        "--event",
        event,
        "--data",
        arg(&data),
    ]);
    let delivery: Value = serde_json::from_str(&deliveries.out).unwrap();
    assert_eq!(delivery["state"], "delivered");
    assert_eq!(delivery["attempts"].as_array().unwrap().len(), 1);

    let trace = run(&["trace", event, "--data", arg(&data)]);
    assert_eq!(trace.code, Some(0), "{}", trace.err);
    assert!(trace.out.contains("the reply is read"), "{}", trace.out);
}

#[test]
fn a_second_demo_in_the_same_directory_goes_on_where_the_first_ended() {
    let dir = directory(&[]);
    for times in 1..=2 {
        let demo = run(&["demo", "--once", "--data", arg(dir.path())]);
        assert_eq!(demo.code, Some(0), "{}{}", demo.out, demo.err);
        let received = [
            "events",
            "--json",
            "--type",
            "message.received",
            "--data",
            arg(dir.path()),
        ];
        assert_eq!(run(&received).out.lines().count(), times);
    }
}

#[test]
fn a_demo_that_cannot_write_says_at_which_step() {
    let dir = directory(&[("file", "")]);
    let demo = run(&["demo", "--once", "--data", arg(&dir.path().join("file"))]);
    assert_eq!(demo.code, Some(1));
    assert!(
        demo.err
            .contains("the demo stopped at the step \"the gateway listens\""),
        "{}",
        demo.err
    );
}

#[test]
fn a_demo_writes_over_nobody_elses_configuration() {
    let dir = directory(&[("waypost.toml", "# precious\n")]);
    let demo = run(&["demo", "--once", "--data", arg(dir.path())]);
    assert_eq!(demo.code, Some(2), "{}", demo.err);
    assert!(demo.err.contains("no demo made it"), "{}", demo.err);
    let kept = std::fs::read_to_string(dir.path().join("waypost.toml")).unwrap();
    assert_eq!(kept, "# precious\n");
}

#[tokio::test]
async fn without_once_it_stays_up_and_a_typed_line_is_written_by_the_customer() {
    use std::process::Stdio;
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

    let command = crate::program::waypost(&["demo"]);
    let mut demo = tokio::process::Command::from(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut see = async |what: &str| {
        let seen = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.contains(what) {
                    return;
                }
            }
            panic!("the demo ended before it said {what:?}");
        };
        tokio::time::timeout(Duration::from_mins(1), seen)
            .await
            .unwrap();
    };
    see("It stays up.").await;
    let mut keyboard = demo.stdin.take().unwrap();
    keyboard.write_all(b"Can you hurry?\n").await.unwrap();
    see("\"Thank you! You wrote: Can you hurry?\"").await;
    let pid = demo.id().unwrap().to_string();
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .unwrap();
    assert!(interrupt.success());
    let ended = tokio::time::timeout(Duration::from_secs(40), demo.wait())
        .await
        .unwrap();
    assert_eq!(ended.unwrap().code(), Some(0));
}
