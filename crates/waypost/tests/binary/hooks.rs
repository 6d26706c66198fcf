//! `waypost hooks`, against a running gateway and an app behind it.

use crate::app::App;
use crate::program::{Serving, file};

#[tokio::test]
async fn a_hook_is_listed_shown_and_tried_out() {
    let app = App::start().await;
    let (gateway, _dir) = app.gateway().await;
    gateway.webhook("wamid.1", "hello").await;
    app.calls(1).await;

    let table = gateway.run(&["hooks"]).await;
    assert_eq!(table.code, Some(0), "{}", table.err);
    let rows: Vec<&str> = table.out.lines().collect();
    assert_eq!(rows.len(), 2, "headings and one hook:\n{}", table.out);
    assert!(rows[0].starts_with("ID"), "{}", table.out);
    assert!(
        rows[1].starts_with("app") && rows[1].contains("active"),
        "{}",
        table.out
    );
    let listed = gateway.json(&["hooks", "--json"]).await;
    let shown = gateway.json(&["hooks", "show", "app", "--json"]).await;
    assert_eq!(listed[0]["config"], shown[0]["config"]);
    let described = gateway.run(&["hooks", "show", "app"]).await;
    let line = described.out.lines().find(|line| line.starts_with("state"));
    assert!(line.is_some_and(|line| line.ends_with("active")));

    let taken = gateway.run(&["hooks", "test", "app"]).await;
    assert_eq!(taken.code, Some(0), "{}", taken.err);
    assert!(
        taken.out.starts_with("app took it: 200 in "),
        "{}",
        taken.out
    );
    let trial = app.calls(2).await.remove(1);
    assert!(trial.query.contains("event=hook.test"), "{}", trial.query);

    let mistyped = gateway.run(&["hooks", "show", "App"]).await;
    assert_eq!(mistyped.code, Some(6));
    assert!(
        mistyped.err.ends_with("\nhint: did you mean `app`?\n"),
        "{}",
        mistyped.err
    );

    app.refuse(503, "moving house");
    let refused = gateway.run(&["hooks", "test", "app"]).await;
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert!(refused.err.contains("app did not take it"));
    assert!(
        refused.err.contains("hint: it answered: moving house"),
        "{}",
        refused.err
    );
    let trial = gateway.run(&["hooks", "test", "app", "--json"]).await;
    assert_eq!(trial.code, Some(1));
    assert!(trial.out.contains("\"status\":503"), "{}", trial.out);
}

#[tokio::test]
async fn a_paused_hook_says_why_and_resumes_in_order() {
    let app = App::start().await;
    let (gateway, _dir) = app.gateway().await;
    let pause = ["hooks", "pause", "app", "--reason", "moving house"];
    let paused = gateway.run(&pause).await;
    assert_eq!(
        paused.out, "app is paused: moving house\n",
        "{}",
        paused.err
    );
    let wamids: Vec<String> = (1..=5).map(|number| format!("wamid.{number}")).collect();
    for wamid in &wamids {
        gateway.webhook(wamid, "hello").await;
    }
    let table = gateway.run(&["hooks"]).await.out;
    assert!(
        table.contains("paused") && table.contains("moving house"),
        "{table}"
    );
    let waiting = [
        "deliveries",
        "--hook",
        "app",
        "--state",
        "pending",
        "--json",
    ];
    assert_eq!(gateway.json(&waiting).await.len(), 5);
    assert!(app.wamids().is_empty());

    let resumed = gateway.run(&["hooks", "resume", "app"]).await;
    assert_eq!(
        resumed.out, "app is resumed: 5 to go out, 0 skipped\n",
        "{}",
        resumed.err
    );
    app.calls(5).await;
    assert_eq!(app.wamids(), wamids);
}

#[tokio::test]
async fn why_a_hook_is_paused_reaches_no_log() {
    let app = App::start().await;
    let (mut gateway, dir) = app.gateway().await;
    let reason = "Ada, +49 170 0000001, asked for it";
    let paused = gateway
        .run(&["hooks", "pause", "app", "--reason", reason])
        .await;
    assert_eq!(paused.code, Some(0), "{}", paused.err);
    assert_eq!(gateway.terminate(), Some(0));
    let again = Serving::start(&dir, "waypost.toml", &[]).await;
    let shown = again.run(&["hooks"]).await.out;
    assert!(shown.contains("Ada"), "people see it: {shown}");
    let said = std::fs::read_to_string(file(&dir, "err")).unwrap();
    for told in ["hook app is paused", "hook app is still paused"] {
        assert!(said.contains(told), "{said}");
    }
    assert!(!said.contains("Ada") && !said.contains("0000001"), "{said}");
}

#[tokio::test]
async fn what_a_resumed_hook_skips_is_dead_and_says_so() {
    let app = App::start().await;
    let (gateway, _dir) = app.gateway().await;
    gateway.run(&["hooks", "pause", "app"]).await;
    gateway.webhook("wamid.old", "hello").await;
    let now = ["hooks", "resume", "app", "--from", "now"];
    let resumed = gateway.run(&now).await;
    assert_eq!(resumed.out, "app is resumed: 0 to go out, 1 skipped\n");

    gateway.run(&["hooks", "pause", "app"]).await;
    gateway.webhook("wamid.early", "hello").await;
    // A moment between the two, as the gateway's clock has it: to the millisecond, and one later.
    let stored = ["events", "--type", "message.received", "--json"];
    let early = gateway.json(&stored).await.remove(1);
    let early: jiff::Timestamp = early["received_at"].as_str().unwrap().parse().unwrap();
    let from = early + std::time::Duration::from_millis(1);
    let from = format!("{from:.3}");
    gateway.webhook("wamid.late", "hello").await;
    let resumed = gateway
        .run(&["hooks", "resume", "app", "--from", &from])
        .await;
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    assert!(resumed.out.ends_with(", 1 skipped\n"), "{}", resumed.out);
    app.calls(1).await;
    assert_eq!(app.wamids(), ["wamid.late"]);

    let dead = gateway
        .json(&["deliveries", "--state", "dead", "--json"])
        .await;
    assert_eq!(dead.len(), 2);
    for delivery in dead {
        assert!(delivery["reason"].as_str().unwrap().contains("skipped"));
        let story = gateway
            .run(&["trace", delivery["id"].as_str().unwrap()])
            .await;
        assert!(story.out.contains("skipped"), "{}", story.out);
    }
    let wrong = gateway
        .run(&["hooks", "resume", "app", "--from", "yesterday"])
        .await;
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
    assert!(wrong.err.contains("hint: or `backlog`"), "{}", wrong.err);
}
