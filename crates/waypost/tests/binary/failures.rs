//! What people read when something goes wrong: a sentence, its causes, a hint; and the exit code.

use std::process::Stdio;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::program::{Run, arg, directory, file, run, waypost};

#[test]
fn asking_where_no_gateway_is_says_so() {
    let dir = directory(&[]);
    for command in [
        "events",
        "deliveries",
        "messages",
        "hooks",
        "reload",
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
fn a_misspelt_word_names_its_neighbour() {
    let command = run(&["event"]);
    assert_eq!(command.code, Some(2));
    assert!(command.err.contains("'events'"), "{}", command.err);
    let option = run(&["deliveries", "--sate", "dead"]);
    assert_eq!(option.code, Some(2));
    assert!(option.err.contains("'--state'"), "{}", option.err);
    let value = run(&["deliveries", "--state", "parkd"]);
    assert_eq!(value.code, Some(2));
    insta::assert_snapshot!("misspelt-value", value.seen("DIR".as_ref()));
}

#[tokio::test]
async fn an_address_where_something_else_answers_says_so() {
    let dir = directory(&[]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answering = async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        let answer =
            "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nConnection: close\r\n\r\nnope\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let url = format!("http://{address}");
    let asked = waypost(&["events", "--url", &url, "--key", "wp_x"]);
    let mut asked = tokio::process::Command::from(asked);
    let (asked, ()) = tokio::join!(asked.output(), answering);
    let seen = Run::from(asked.unwrap()).seen(dir.path());
    insta::assert_snapshot!("no-gateway-there", seen);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut command = waypost(&["completions", "bash"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
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
