//! The real gateway as a process: started, asked, killed, started again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::load::account;

/// Where a gateway lives, and how it is started.
pub(crate) struct Home {
    pub(crate) binary: PathBuf,
    pub(crate) dir: PathBuf,
    /// Where it writes its log.
    pub(crate) log: PathBuf,
    pub(crate) addr: SocketAddr,
    pub(crate) graph_url: String,
    /// Requests to one hook at once.
    pub(crate) in_flight: usize,
    /// More settings, by the names of their variables.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// A program and its arguments that the gateway is started by; it has to become the gateway.
    pub(crate) wrapper: Vec<String>,
}

/// Requests to one hook at once, as a gateway has it that is told nothing.
pub(crate) const IN_FLIGHT: usize = 32;

impl Home {
    /// In `dir`, on a free port, with nobody at home where Meta should be.
    pub(crate) fn new(binary: &Path, dir: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            binary: binary.to_owned(),
            dir: dir.to_owned(),
            log: dir.join("gateway.log"),
            addr: free_addr()?,
            graph_url: format!("http://{}/", free_addr()?),
            in_flight: IN_FLIGHT,
            settings: Vec::new(),
            wrapper: Vec::new(),
        })
    }

    /// Writes the configuration: one account on loopback, and these hooks with their addresses.
    pub(crate) fn furnish(&self, hooks: &[(&str, &str)]) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        let hooks: Vec<Value> = hooks
            .iter()
            .map(|(id, url)| {
                json!({"id": id, "name": "Recording app", "url": url, "method": "POST", "active": true,
                       "secret": "a hook secret for loopback only",
                       "events": ["message.received", "message.sent", "message.delivered", "message.read", "message.failed",
                                  "message.uncertain"]})
            })
            .collect();
        let config = json!({
            "server": {"host": "127.0.0.1", "port": 0},
            "whatsapp": [{
                "id": account::ID, "type": "business-api", "phone_number": account::NUMBER,
                "business_api": {
                    "phone_number_id": account::PHONE_NUMBER_ID, "access_token": account::ACCESS_TOKEN,
                    "business_account_id": account::BUSINESS_ACCOUNT_ID, "api_version": "v25.0",
                    "verify_token": account::VERIFY_TOKEN, "app_secret": account::APP_SECRET,
                },
            }],
            "hooks": hooks,
            "log_level": "warn",
        });
        std::fs::write(self.config(), serde_json::to_vec_pretty(&config)?)?;
        Ok(())
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.dir.join("config.json")
    }

    /// Where the gateway keeps what it knows.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// The path Meta would call.
    pub(crate) fn webhook_path() -> String {
        format!("/webhooks/whatsapp/{}", account::ID)
    }

    /// Starts the gateway and waits until it says it is ready.
    pub(crate) async fn start(&self) -> anyhow::Result<Gateway> {
        self.start_until("/health/ready").await
    }

    /// Starts the gateway and waits until it answers, whether or not it can store anything.
    pub(crate) async fn start_alive(&self) -> anyhow::Result<Gateway> {
        self.start_until("/health/live").await
    }

    async fn start_until(&self, path: &str) -> anyhow::Result<Gateway> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = match &self.wrapper[..] {
            [] => Command::new(&self.binary),
            [program, arguments @ ..] => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&self.binary);
                command
            }
        };
        command
            .args(["serve", "--config"])
            .arg(self.config())
            .args(["--listen", &self.addr.to_string(), "--data"])
            .arg(self.data())
            .env("WAYPOST_GRAPH_URL", &self.graph_url)
            // A send that a kill left uncertain holds its conversation for so long; no run should wait five minutes.
            .env("WAYPOST_SEND_UNCERTAIN_AFTER", "5s")
            // Meta gives a busy number that much; with less, the replies of a run would be a backlog of minutes.
            .env("WAYPOST_ACCOUNT_SHOP_THROUGHPUT", "1000")
            .env("WAYPOST_DELIVERY_IN_FLIGHT", self.in_flight.to_string())
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        let started = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("{} does not start", self.binary.display()))?;
        let mut gateway = Gateway {
            child,
            base: format!("http://{}", self.addr),
            http: reqwest::Client::builder().build()?,
            key: String::new(),
        };
        let deadline = started + Duration::from_secs(20);
        loop {
            if let Some(status) = gateway.child.try_wait()? {
                bail!(
                    "the gateway ended with {status} before it was ready\n{}",
                    tail(&self.log)
                );
            }
            let ready = gateway
                .http
                .get(format!("{}{path}", gateway.base))
                .send()
                .await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            if Instant::now() > deadline {
                bail!("the gateway was not ready in 20 s\n{}", tail(&self.log));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let key = self.data().join("waypost.key");
        let text = std::fs::read_to_string(&key)
            .with_context(|| format!("no key at {}", key.display()))?;
        text.trim().clone_into(&mut gateway.key);
        Ok(gateway)
    }
}

/// A running gateway.
pub(crate) struct Gateway {
    child: Child,
    base: String,
    http: reqwest::Client,
    key: String,
}

impl Gateway {
    /// SIGKILL, now.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        self.child
            .kill()
            .await
            .context("the gateway could not be killed")
    }

    /// SIGTERM, and how it ended.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.id()?.to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await?;
        ensure!(told.success(), "the gateway could not be told to stop");
        let ended = tokio::time::timeout(Duration::from_secs(40), self.child.wait()).await;
        let status = ended.context("the gateway did not stop within 40 s")??;
        ensure!(status.success(), "the gateway stopped with {status}");
        Ok(())
    }

    /// Its process.
    pub(crate) fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the gateway has ended")
    }

    /// CPU time used so far, user and system together.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        cpu_of(self.id()?)
    }

    /// Resident memory in MiB.
    pub(crate) fn memory_mib(&self) -> anyhow::Result<f64> {
        self.memory("VmRSS:")
    }

    /// The most resident memory it ever had, in MiB.
    pub(crate) fn peak_memory_mib(&self) -> anyhow::Result<f64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()?))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .with_context(|| format!("no {name}"))?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }

    /// Pauses or resumes a hook, or whatever else is asked for by a POST without a body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = self
            .http
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.key)
            .json(body)
            .send()
            .await?;
        let status = answer.status();
        let body = answer.text().await?;
        if !status.is_success() {
            bail!("POST {path} answered {status}: {body}");
        }
        Ok(serde_json::from_str(&body).unwrap_or_default())
    }

    /// One page of a list of the API.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self
            .http
            .get(format!("{}{path}", self.base))
            .bearer_auth(&self.key)
            .send()
            .await?;
        let status = answer.status();
        let body = answer.text().await?;
        if !status.is_success() {
            bail!("GET {path} answered {status}: {body}");
        }
        Ok(serde_json::from_str(&body)?)
    }

    /// A whole list of the API, page by page.
    pub(crate) async fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("{path}limit=1000{after}")).await?;
            all.extend(
                page["data"]
                    .as_array()
                    .context("a list without data")?
                    .iter()
                    .cloned(),
            );
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(all),
            }
        }
    }
}

/// CPU time of a process, user and system together.
pub(crate) fn cpu_of(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0)
    };
    // Linux counts in hundredths of a second for every program, whatever its own tick is.
    Ok(Duration::from_millis((ticks(11) + ticks(12)) * 10))
}

/// A free loopback address, for a gateway that must come back at the same place.
pub(crate) fn free_addr() -> anyhow::Result<SocketAddr> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
