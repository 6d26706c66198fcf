//! Running `waypost`: to its end, or in the background as a gateway.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A command line of `waypost`, with a clean environment and a terminal 100 columns wide.
pub(crate) fn waypost(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waypost"));
    command.args(args).env_clear().env("COLUMNS", "100");
    // What coverage and sanitizers write, they write by these.
    for name in ["PATH", "TMPDIR", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// What a finished run left.
pub(crate) struct Run {
    /// Its exit code.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Everything a user sees, with this directory's name replaced, for snapshots.
    pub(crate) fn seen(&self, dir: &Path) -> String {
        let code = self.code.map_or("none".to_owned(), |code| code.to_string());
        let text = format!("exit code {code}\n── out\n{}── err\n{}", self.out, self.err);
        text.replace(&*dir.to_string_lossy(), "DIR")
    }
}

/// Runs `waypost` to its end.
pub(crate) fn run(args: &[&str]) -> Run {
    waypost(args).output().unwrap().into()
}

/// A fresh directory with these files in it.
pub(crate) fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A file of a directory as an argument.
pub(crate) fn file(dir: &tempfile::TempDir, name: &str) -> PathBuf {
    dir.path().join(name)
}

/// A configuration in WhatsHooked's format, with one account, a key, and nobody to call.
pub(crate) const WHATSHOOKED: &str = r#"{
  "server": {"host": "127.0.0.1", "port": 0, "auth_key": "wp_test_key_of_the_binary_tests_0123456789"},
  "whatsapp": [{
    "id": "business", "type": "business-api", "phone_number": "+15550001111",
    "business_api": {
      "phone_number_id": "700000000000001", "access_token": "EAAtest", "api_version": "v25.0",
      "verify_token": "a-verify-token-that-is-long-enough"
    }
  }],
  "hooks": []
}"#;

/// A gateway in the background. Dropping it kills it.
pub(crate) struct Serving {
    child: Child,
    http: reqwest::Client,
    /// Where it listens: `http://127.0.0.1:…`.
    pub(crate) url: String,
    /// Its data directory.
    pub(crate) data: PathBuf,
}

impl Serving {
    /// Starts `waypost serve` with a configuration of this directory, and waits until it is ready.
    pub(crate) async fn start(dir: &tempfile::TempDir, config: &str, args: &[&str]) -> Self {
        Self::start_with(dir, config, args, |_| {}).await
    }

    /// The same, with more said about the process.
    pub(crate) async fn start_with(
        dir: &tempfile::TempDir,
        config: &str,
        args: &[&str],
        prepare: impl FnOnce(&mut Command),
    ) -> Self {
        let data = file(dir, "data");
        let config = file(dir, config);
        let mut command = waypost(&["serve", "--config", arg(&config), "--listen", "127.0.0.1:0"]);
        command.args(["--data", arg(&data)]).args(args);
        command.stdout(log(dir, "out")).stderr(log(dir, "err"));
        prepare(&mut command);
        // A killed gateway leaves its address behind, which would be taken for the new one's.
        let _ = std::fs::remove_file(data.join("waypost.addr"));
        let mut child = command.spawn().unwrap();
        let http = reqwest::Client::builder().build().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let said = || std::fs::read_to_string(file(dir, "err")).unwrap_or_default();
            if let Some(status) = child.try_wait().unwrap() {
                panic!(
                    "the gateway ended with {status} before it was ready:\n{}",
                    said()
                );
            }
            if let Ok(address) = std::fs::read_to_string(data.join("waypost.addr")) {
                let url = format!("http://{}", address.trim());
                let ready = http.get(format!("{url}/health/ready")).send().await;
                if ready.is_ok_and(|answer| answer.status() == 200) {
                    return Self {
                        child,
                        http,
                        url,
                        data,
                    };
                }
            }
            assert!(
                Instant::now() < deadline,
                "the gateway is not ready:\n{}",
                said()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Posts an unsigned text message to the account `business`; the status of the answer.
    pub(crate) async fn webhook(&self, wamid: &str, text: &str) -> u16 {
        let body = text_message(wamid, "15550002222", text);
        let url = format!("{}/webhooks/whatsapp/business", self.url);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        answer.status().as_u16()
    }

    /// Posts unsigned text messages to the account `business` at once, of ten customers in turn.
    pub(crate) async fn webhooks(&self, wamids: &[String]) {
        let customers = (0..10).map(|digit| format!("1555000222{digit}")).cycle();
        let bodies = wamids.iter().zip(customers);
        let bodies: Vec<_> = bodies
            .map(|(wamid, customer)| text_message(wamid, &customer, "hello"))
            .collect();
        let url = format!("{}/webhooks/whatsapp/business", self.url);
        let posted = self.http.post(url).json(&bodies).send().await.unwrap();
        assert_eq!(posted.status(), 200);
    }

    /// Runs a command with the gateway's directory, without holding up what runs beside it in the test.
    pub(crate) async fn run(&self, args: &[&str]) -> Run {
        let mut command = waypost(args);
        command.args(["--data", arg(&self.data)]);
        let command = &mut tokio::process::Command::from(command);
        command.output().await.unwrap().into()
    }

    /// Runs a command that prints JSON.
    pub(crate) async fn json(&self, args: &[&str]) -> Vec<Value> {
        let run = self.run(args).await;
        assert_eq!(run.code, Some(0), "{args:?}: {}", run.err);
        let lines = run.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Sends SIGTERM and waits for the end; the exit code.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }

    /// Sends a signal, such as `-HUP`.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Posts webhooks until one is answered so.
    pub(crate) async fn webhook_until(&self, status: u16) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.webhook("wamid.until", "hello").await != status {
            assert!(Instant::now() < deadline, "no webhook is answered {status}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A text message as Meta sends it, to the account `business`.
fn text_message(wamid: &str, customer: &str, text: &str) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "800000000000001", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550001111", "phone_number_id": "700000000000001"},
            "contacts": [{"profile": {"name": "Test Person"}, "wa_id": customer}],
            "messages": [{"from": customer, "id": wamid, "timestamp": "1790000000",
                          "type": "text", "text": {"body": text}}]
        }}]}]
    })
}

fn log(dir: &tempfile::TempDir, name: &str) -> File {
    File::options()
        .create(true)
        .append(true)
        .open(file(dir, name))
        .unwrap()
}
