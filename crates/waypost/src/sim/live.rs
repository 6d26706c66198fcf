//! What happens at a running simulator, a line each.

use std::collections::HashMap;
use std::fmt::Write as _;

use owo_colors::OwoColorize as _;
use whatsapp_sim::{Post, Sim, TakenSend};

use crate::output;

/// What was told already.
#[derive(Default)]
pub(super) struct Live {
    sends: usize,
    not_taken: u64,
    /// Every webhook before it is settled.
    settled: usize,
    /// Attempts told of those after it.
    attempts: HashMap<usize, u32>,
}

impl Live {
    /// What was not told yet.
    pub(super) fn news(&mut self, sim: &Sim) -> String {
        let mut news = String::new();
        for send in sim.sends_since(self.sends) {
            self.sends += 1;
            line(&mut news, &"←".green(), &sent(&send));
        }
        let not_taken = sim.counts().sends_not_taken;
        for _ in self.not_taken..not_taken {
            line(&mut news, &"✗".red(), "a send was not taken");
        }
        self.not_taken = not_taken;
        let mut all_settled = true;
        for (place, post) in (self.settled..).zip(sim.posts_since(self.settled)) {
            let told = self.attempts.entry(place).or_default();
            if post.attempts > *told {
                *told = post.attempts;
                let arrow = if post.last_status == Some(200) {
                    "→".cyan().to_string()
                } else {
                    "→".red().to_string()
                };
                line(&mut news, &arrow, &posted(&post));
            }
            let is_settled = post.acknowledged_at_ms.is_some() || post.is_given_up;
            all_settled = all_settled && is_settled;
            if all_settled {
                self.attempts.remove(&place);
                self.settled = place + 1;
            }
        }
        news
    }
}

fn line(news: &mut String, mark: &dyn std::fmt::Display, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(news, "{mark} {text}");
}

fn sent(send: &TakenSend) -> String {
    let kind = send.body["type"].as_str().unwrap_or("text");
    let content = match send.body["text"]["body"].as_str() {
        Some(text) => format!("\"{}\"", output::excerpt(text, 60)),
        None => kind.to_owned(),
    };
    format!("{} is sent {content}  {}", send.recipient, send.wamid)
}

fn posted(post: &Post) -> String {
    let answered = match post.last_status {
        Some(status) => format!("answered {status}"),
        None => "not answered".to_owned(),
    };
    let attempt = match (post.attempts, post.is_given_up) {
        (1, false) => String::new(),
        (attempts, false) => format!(", attempt {attempts}"),
        (attempts, true) => format!(", given up after {attempts} attempts"),
    };
    let again = if post.is_duplicate { ", once more" } else { "" };
    let updates = match &post.updates[..] {
        [one] => one.clone(),
        several => format!("{} updates", several.len()),
    };
    format!("webhook {answered}{attempt}{again}: {updates}")
}
