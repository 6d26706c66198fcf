//! What people read when something goes wrong: a sentence, its causes, a hint; and the exit code.

use crate::program::{arg, directory, file, run};

#[test]
fn asking_where_no_gateway_is_says_so() {
    let dir = directory(&[]);
    for command in [
        "events",
        "deliveries",
        "trace evt_0000000000000",
        "send --to 1 --text hi",
    ] {
        let mut args: Vec<&str> = command.split(' ').collect();
        args.extend(["--data", arg(dir.path())]);
        let run = run(&args);
        assert_eq!(run.code, Some(4), "{command}: {}", run.err);
        assert!(run.err.contains("no gateway is running in"), "{}", run.err);
    }
    let run = run(&[
        "send",
        "--to",
        "1",
        "--text",
        "hi",
        "--data",
        arg(dir.path()),
    ]);
    insta::assert_snapshot!("no-gateway", run.seen(dir.path()));
}

#[test]
fn a_wrong_address_says_so() {
    let dir = directory(&[]);
    // Port 1 of this machine: reserved, and nobody there.
    let nobody = run(&["events", "--url", "http://127.0.0.1:1", "--key", "wp_x"]);
    assert_eq!(nobody.code, Some(4));
    assert!(
        nobody
            .err
            .contains("no gateway answers at http://127.0.0.1:1"),
        "{}",
        nobody.err
    );
    let no_scheme = run(&["events", "--url", "127.0.0.1:8080"]);
    insta::assert_snapshot!("no-scheme", no_scheme.seen(dir.path()));
}

#[test]
fn a_message_without_a_recipient_is_wrong_usage() {
    let run = run(&["send", "--text", "hi"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("--to <NUMBER>"), "{}", run.err);
}

#[test]
fn a_body_that_is_not_json_is_named() {
    let dir = directory(&[("body.json", "{ to: 1 }")]);
    let body = file(&dir, "body.json");
    let run = run(&["send", "--json-body", arg(&body)]);
    insta::assert_snapshot!("body-not-json", run.seen(dir.path()));
}
