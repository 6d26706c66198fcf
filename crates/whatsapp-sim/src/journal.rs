//! Everything a simulator saw, for tests and reconciliations.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// A send that was taken.
#[derive(Debug, Clone)]
pub struct TakenSend {
    /// The id it was given.
    pub wamid: String,
    /// The number it was sent from.
    pub phone_number_id: String,
    /// As the caller named it, phone numbers in digits.
    pub recipient: String,
    /// The whole request body.
    pub body: Value,
    /// The caller's `biz_opaque_callback_data`.
    pub callback_data: Option<String>,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// How many sends with the same callback data were taken before it; above 0 is a double send.
    pub repetition: u32,
}

/// A webhook, with every attempt to have it acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// The updates in it: a message by its wamid, a status as `WAMID/STATUS`, anything else as `change/N`.
    pub updates: Vec<String>,
    /// Whether it repeats one that was acknowledged already.
    pub is_duplicate: bool,
    /// Calls so far.
    pub attempts: u32,
    /// What the last call was answered; absent if it was not.
    pub last_status: Option<u16>,
    /// When it was answered 200, in milliseconds since the Unix epoch.
    pub acknowledged_at_ms: Option<u64>,
    /// Whether its schedule ran out first.
    pub is_given_up: bool,
}

/// How much of everything there was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sends taken.
    pub sends_taken: u64,
    /// Sends refused or swallowed by a fault before they were taken.
    pub sends_not_taken: u64,
    /// Sends taken whose callback data had been taken before.
    pub double_sends: u64,
    /// "Read" and "typing…" requests.
    pub read_marks: u64,
    /// Calls of the webhook URL.
    pub webhook_attempts: u64,
    /// Updates acknowledged with 200, each counted once.
    pub updates_acknowledged: u64,
    /// Updates given up.
    pub updates_given_up: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) counts: Counts,
    pub(crate) sends: Vec<TakenSend>,
    pub(crate) posts: Vec<Post>,
    pub(crate) read_marks: HashSet<String>,
    by_callback_data: HashMap<String, u32>,
}

impl Journal {
    pub(crate) fn took(&mut self, mut send: TakenSend) {
        self.counts.sends_taken += 1;
        if let Some(data) = &send.callback_data {
            let times = self.by_callback_data.entry(data.clone()).or_default();
            send.repetition = *times;
            *times += 1;
            self.counts.double_sends += u64::from(send.repetition > 0);
        }
        self.sends.push(send);
    }

    pub(crate) fn times_taken(&self, callback_data: &str) -> u32 {
        self.by_callback_data
            .get(callback_data)
            .copied()
            .unwrap_or(0)
    }

    /// A new webhook; answers its place among `posts`.
    pub(crate) fn begin(&mut self, updates: Vec<String>, is_duplicate: bool) -> usize {
        self.posts.push(Post {
            updates,
            is_duplicate,
            attempts: 0,
            last_status: None,
            acknowledged_at_ms: None,
            is_given_up: false,
        });
        self.posts.len() - 1
    }

    pub(crate) fn attempted(&mut self, post: usize, status: Option<u16>, now_ms: u64) {
        self.counts.webhook_attempts += 1;
        let post = &mut self.posts[post];
        post.attempts += 1;
        post.last_status = status;
        if status == Some(200) && post.acknowledged_at_ms.is_none() {
            post.acknowledged_at_ms = Some(now_ms);
            if !post.is_duplicate {
                self.counts.updates_acknowledged += post.updates.len() as u64;
            }
        }
    }

    pub(crate) fn gave_up(&mut self, post: usize) {
        let post = &mut self.posts[post];
        post.is_given_up = true;
        if !post.is_duplicate {
            self.counts.updates_given_up += post.updates.len() as u64;
        }
    }
}
