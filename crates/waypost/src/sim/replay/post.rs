//! Posting: several at once if wanted, not faster than wanted, each answered or not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;
use tokio::task::JoinSet;
use tokio::time::Instant;
use whatsapp_cloud::secret::AppSecret;
use whatsapp_cloud::webhook::sign;

use super::recording::Recording;

/// As much of a refusal's body as is shown.
const EXCERPT_BYTES: usize = 400;

/// Whoever gets the webhooks.
#[derive(Clone)]
pub(super) struct Consumer {
    http: reqwest::Client,
    url: url::Url,
    secret: AppSecret,
}

/// What one webhook was answered.
pub(super) struct Posted {
    /// Where it was recorded.
    pub(super) source: String,
    /// The HTTP status; none without an answer.
    pub(super) status: Option<u16>,
    /// Until the end of the answer's body.
    pub(super) took: Duration,
    /// The beginning of a refusal's body, or why there was no answer.
    pub(super) said: String,
}

/// What all were answered.
pub(super) struct Outcome {
    /// In the order in which they were recorded.
    pub(super) posted: Vec<Posted>,
    /// From the first byte out to the last byte in.
    pub(super) took: Duration,
}

impl Posted {
    fn is_failure(&self) -> bool {
        self.status != Some(200)
    }
}

impl Outcome {
    pub(super) fn failures(&self) -> impl Iterator<Item = &Posted> {
        self.posted.iter().filter(|posted| posted.is_failure())
    }

    /// What to do about the failures, where they all say the same.
    pub(super) fn hint(&self) -> Option<&'static str> {
        let all = |status| self.failures().all(|posted| posted.status == status);
        if all(Some(401)) || all(Some(403)) {
            Some("is this the consumer's app secret?")
        } else if all(None) {
            Some("does the consumer listen there?")
        } else {
            None
        }
    }
}

impl Consumer {
    pub(super) fn new(url: url::Url, secret: AppSecret, timeout: Duration) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot set up an HTTP client")?;
        Ok(Self { http, url, secret })
    }

    async fn post(&self, recording: &Recording) -> Posted {
        let began = Instant::now();
        let request = self
            .http
            .post(self.url.clone())
            .header("Content-Type", "application/json")
            .header("User-Agent", "facebookexternalua")
            .header("X-Hub-Signature-256", sign(&self.secret, &recording.body))
            .body(recording.body.clone());
        let (status, said) = match request.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let body = answer.bytes().await.unwrap_or_default();
                (Some(status), excerpt(&body))
            }
            Err(error) => (None, reason(error)),
        };
        Posted {
            source: recording.source.clone(),
            status,
            took: began.elapsed(),
            said: if status == Some(200) {
                String::new()
            } else {
                said
            },
        }
    }
}

/// Posts everything, in order of recording as far as concurrency leaves one.
pub(super) async fn all(
    recordings: Vec<Recording>,
    consumer: &Consumer,
    concurrency: u16,
    rate: Option<u32>,
    bar: &ProgressBar,
) -> Outcome {
    let began = Instant::now();
    let recordings = Arc::new(recordings);
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..usize::from(concurrency).min(recordings.len()) {
        let (recordings, next) = (recordings.clone(), next.clone());
        let (consumer, bar) = (consumer.clone(), bar.clone());
        workers.spawn(async move {
            let mut posted = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(recording) = recordings.get(place) else {
                    return posted;
                };
                if let Some(rate) = rate {
                    let due = began + Duration::from_secs(place as u64) / rate;
                    tokio::time::sleep_until(due).await;
                }
                posted.push((place, consumer.post(recording).await));
                bar.inc(1);
            }
        });
    }
    let mut posted: Vec<(usize, Posted)> = workers.join_all().await.into_iter().flatten().collect();
    posted.sort_by_key(|(place, _)| *place);
    Outcome {
        posted: posted.into_iter().map(|(_, posted)| posted).collect(),
        took: began.elapsed(),
    }
}

fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(EXCERPT_BYTES)]).into_owned()
}

/// The innermost cause says what happened; the outer ones that something did.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = anyhow::Error::from(error.without_url());
    error.root_cause().to_string()
}
