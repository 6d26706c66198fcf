//! `waypost redeliver`: one, some, all, counted first, more than one request takes, and interrupted.

use std::collections::HashSet;
use std::process::Stdio;
use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::app::App;
use crate::program::{Run, Serving, waypost};

/// Leaves these messages dead: the hook is paused while they come, and skips them.
async fn skipped(gateway: &Serving, wamids: impl Iterator<Item = String>) {
    let paused = gateway.run(&["hooks", "pause", "app"]).await;
    assert_eq!(paused.code, Some(0), "{}", paused.err);
    let wamids: Vec<String> = wamids.collect();
    for batch in wamids.chunks(1000) {
        gateway.webhooks(batch).await;
    }
    let now = ["hooks", "resume", "app", "--from", "now"];
    let resumed = gateway.run(&now).await;
    let all = format!("{} skipped\n", wamids.len());
    assert!(
        resumed.out.ends_with(&all),
        "{}{}",
        resumed.out,
        resumed.err
    );
}

fn wamids(numbers: std::ops::RangeInclusive<u32>) -> impl Iterator<Item = String> {
    numbers.map(|number| format!("wamid.{number}"))
}

#[tokio::test]
async fn one_is_delivered_again_once_and_its_story_tells_both() {
    let app = App::start().await;
    let (gateway, _dir) = app.gateway().await;
    skipped(&gateway, wamids(1..=2)).await;
    let dead = ["deliveries", "--state", "dead", "--json"];
    let delivery = gateway.json(&dead).await.remove(0);
    let (id, event) = (delivery["id"].as_str().unwrap(), &delivery["event_id"]);

    let done = gateway.run(&["redeliver", id]).await;
    assert_eq!(done.code, Some(0), "{}", done.err);
    let new = done.out.split_whitespace().next().unwrap().to_owned();
    let call = app.calls(1).await.remove(0);
    assert_eq!(call.event["message_id"], "wamid.1");
    assert_eq!(call.headers["webhook-id"], event.as_str().unwrap());
    assert_eq!(call.headers["waypost-redelivery"], id);

    let again = gateway.run(&["redeliver", id]).await;
    assert_eq!(again.code, Some(1));
    let told = format!("error: {id} was delivered again as {new} (redelivered_before)");
    assert!(again.err.contains(&told), "{}", again.err);
    assert!(again.err.contains(&format!("hint: look at {new}")));
    let story = gateway.run(&["trace", event.as_str().unwrap()]).await;
    assert!(
        story.out.contains("redelivered") && story.out.contains(&new),
        "{}",
        story.out
    );
    let of_event = ["deliveries", "--event", event.as_str().unwrap()];
    let table = gateway.run(&of_event).await;
    assert_eq!(table.out.lines().count(), 3, "{}", table.out);
    for (command, told) in [
        (
            ["redeliver", "--since", "yesterday"],
            "--since takes a time",
        ),
        (["replay", "--since", "yesterday"], "--since takes a time"),
        (["replay", "--hook", "nope"], "--hook names no hook"),
    ] {
        let mistaken = gateway
            .run(
                &[
                    &command[..],
                    &["--dry-run", "--until", "2026-01-30T12:00:00Z"],
                ]
                .concat(),
            )
            .await;
        assert_eq!(mistaken.code, Some(2), "{}", mistaken.err);
        assert!(mistaken.err.contains(told), "{}", mistaken.err);
    }
    let nothing = gateway.run(&["redeliver", "dlv_0000000000000"]).await;
    assert_eq!(nothing.code, Some(6), "{}", nothing.err);
}

#[tokio::test]
async fn some_are_delivered_again_by_what_they_have_in_common() {
    let app = App::start().await;
    let (gateway, _dir) = app.gateway().await;
    skipped(&gateway, wamids(1..=5)).await;
    let events = gateway
        .json(&["events", "--message-id", "wamid.3", "--json"])
        .await;
    let third = events[0]["id"].as_str().unwrap();
    for (filter, expected) in [
        (&["--hook", "app"][..], "5 would be delivered again\n"),
        (
            &["--hook", "app", "--limit", "2"],
            "2 would be delivered again, and there are more\n",
        ),
        (
            &["--hook", "app", "--limit", "5"],
            "5 would be delivered again\n",
        ),
        (
            &["--account", "business", "--event", third],
            "1 would be delivered again\n",
        ),
        (
            &["--until", "2020-01-01T00:00:00Z"],
            "0 would be delivered again\n",
        ),
        (
            &["--since", "2020-01-01T00:00:00Z"],
            "5 would be delivered again\n",
        ),
        (
            &["--all", "--state", "delivered"],
            "0 would be delivered again\n",
        ),
    ] {
        let counted = gateway
            .run(&[&["redeliver", "--dry-run"], filter].concat())
            .await;
        assert_eq!(counted.out, expected, "{filter:?}: {}", counted.err);
    }
    assert!(app.wamids().is_empty(), "counting delivers nothing");

    let one = gateway.run(&["redeliver", "--event", third]).await;
    assert_eq!(one.out, "1 are delivered again\n", "{}", one.err);
    app.calls(1).await;
    assert_eq!(app.wamids(), ["wamid.3"]);
    let rest = gateway.json(&["redeliver", "--all", "--json"]).await;
    let done = json!({"dry_run": false, "matched": 4, "redelivered": 4, "more": false});
    assert_eq!(rest, [done]);
    app.calls(5).await;
    let mut others = app.wamids().split_off(1);
    others.sort_unstable();
    assert_eq!(others, ["wamid.1", "wamid.2", "wamid.4", "wamid.5"]);
}

#[tokio::test]
async fn all_means_all_however_many_and_none_of_them_twice() {
    let app = App::start().await;
    let (gateway, _dir) = app.gateway().await;
    // More than one request of the command takes, and then some.
    skipped(&gateway, wamids(1..=2300)).await;
    gateway.run(&["hooks", "pause", "app"]).await;
    let counted = gateway.run(&["redeliver", "--all", "--dry-run"]).await;
    assert_eq!(
        counted.out, "2300 would be delivered again\n",
        "{}",
        counted.err
    );
    let some = gateway
        .run(&["redeliver", "--all", "--limit", "1100"])
        .await;
    assert_eq!(some.out, "1100 are delivered again, and there are more\n");
    let all = gateway.run(&["redeliver", "--all"]).await;
    assert_eq!(all.out, "1200 are delivered again\n", "{}", all.err);
    assert_eq!(all.err, "", "no progress where nobody watches");
    let none = gateway.run(&["redeliver", "--all"]).await;
    assert_eq!(none.out, "0 are delivered again\n");
    let waiting = [
        "deliveries",
        "--state",
        "pending",
        "--limit",
        "5000",
        "--json",
    ];
    let waiting = gateway.json(&waiting).await;
    let events: HashSet<&str> = waiting
        .iter()
        .map(|delivery| delivery["event_id"].as_str().unwrap())
        .collect();
    assert_eq!((waiting.len(), events.len()), (2300, 2300));
}

/// A gateway whose end of the work never comes, and the answers it may give.
async fn endless() -> (String, Arc<Semaphore>, Arc<Semaphore>, JoinSet<()>) {
    let (asked, answers) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let seen = (asked.clone(), answers.clone());
    let answer = async move |Json(request): Json<Value>| {
        let (asked, answers) = seen;
        asked.add_permits(1);
        answers.acquire().await.unwrap().forget();
        let limit = request["limit"].clone();
        Json(json!({"dry_run": false, "matched": limit, "redelivered": limit, "next": "on"}))
    };
    let router = Router::new()
        .route("/health/live", get(|| async {}))
        .route("/api/deliveries/redeliver", post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, asked, answers, server)
}

fn interrupt(child: &tokio::process::Child) {
    let pid = child.id().unwrap().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(sent.unwrap().success());
}

#[tokio::test]
async fn interrupted_it_says_what_is_done_and_how_to_go_on() {
    let (url, asked, answers, _server) = endless().await;
    let start = || {
        let mut command = waypost(&["redeliver", "--all", "--url", &url, "--key", "k"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        tokio::process::Command::from(command).spawn().unwrap()
    };
    let child = start();
    answers.add_permits(2);
    asked.acquire_many(3).await.unwrap().forget();
    interrupt(&child);
    // The request under way ends as it would have, and so does whatever was asked before the signal came through.
    answers.add_permits(1_000_000);
    let run: Run = child.wait_with_output().await.unwrap().into();
    assert_eq!(run.code, Some(1));
    let done: u64 = run.out.split(' ').next().unwrap().parse().unwrap();
    assert!(done >= 3000, "{}", run.out);
    assert!(
        run.out
            .ends_with(" are delivered again, and there are more\n")
    );
    let said = "error: interrupted\n\nhint: the same command goes on with the rest\n";
    assert_eq!(run.err, said);
}
