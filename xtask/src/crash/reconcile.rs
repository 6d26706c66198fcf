//! The judgement: what Meta was told, beside what the app saw and what went out. Pure, so that it can be shown to fail.

mod replays;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::history::LIMIT;
use super::replays::Begun;
use super::world::{ANSWER_AGAIN, answer_to};
use crate::sink::Call;

/// How many deliveries of one hook may be in flight at once, and so be repeated after one kill: its calls under way, and as
/// many whose outcome is not stored yet.
const IN_FLIGHT: usize = 2 * crate::gateway::IN_FLIGHT;
/// Retention leaves what is younger alone, whatever the size.
pub(super) const YOUNG: Duration = Duration::from_mins(1);
/// What the database may be in the end, in bytes: its limit, the free pages that it keeps, and what came since the last look.
pub(super) const ALLOWED: u64 = LIMIT + (8 << 20);

/// How often webhooks were answered what.
pub(crate) type Answers = BTreeMap<u16, usize>;

/// Everything that was seen from outside during a run.
#[derive(Clone, Default)]
pub(crate) struct Evidence {
    /// Updates that the gateway acknowledged with 200, in the order the simulator made them.
    pub(crate) acknowledged: Vec<Update>,
    /// Calls of the app's hook, in order of arrival.
    pub(crate) calls: Vec<Call>,
    /// When the gateway was started again after each kill: what it sends is told apart by this.
    pub(crate) kills: Vec<Instant>,
    /// What the gateway says it has stored.
    pub(crate) events: Vec<Stored>,
    /// Meta's ids of messages that the app took long before the run, and that retention has to remove.
    pub(crate) too_old: HashSet<String>,
    /// What it says is parked or dead, by event id.
    pub(crate) set_aside: HashSet<String>,
    /// The replays it has begun.
    pub(crate) replays: Vec<Begun>,
    /// The gateway's outbox.
    pub(crate) messages: Vec<Message>,
    /// What the simulator took for sending: the gateway's id of the message, and its text.
    pub(crate) sends: Vec<(String, String)>,
    /// When the disk was full, each time until webhooks were accepted again.
    pub(crate) full: Vec<(Instant, Instant)>,
    /// What webhooks were answered then that were not accepted.
    pub(crate) refused: Answers,
    /// The size of the database's file: the largest that was seen while all was young, and in the end.
    pub(crate) database: (u64, u64),
}

/// The event that tells of a message whose fate is not known.
const UNCERTAIN: &str = "message.uncertain";

/// One update of a webhook.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) event_type: String,
    pub(crate) message_id: String,
    /// For how long it was acknowledged when the evidence was gathered.
    pub(crate) age: Duration,
}

/// One event that is stored.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) event_type: String,
    pub(crate) message_id: String,
}

/// One message of the gateway's outbox.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) event_id: String,
}

/// What came out.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Broken promises, in words. Empty means that all were kept.
    pub(crate) broken: Vec<String>,
    pub(crate) acknowledged: usize,
    pub(crate) delivered: usize,
    pub(crate) set_aside: usize,
    /// Calls that repeated an event which was in flight at a kill.
    pub(crate) repeated: usize,
    pub(crate) sends: usize,
    /// Messages whose fate the gateway says it does not know.
    pub(crate) uncertain: usize,
    /// Events that retention removed after the app took them.
    pub(crate) removed: usize,
    /// Replays that ended, those of them that were stopped, and what they delivered.
    pub(crate) replays: usize,
    pub(crate) stopped: usize,
    pub(crate) replayed: usize,
}

/// Holds the evidence against the promises.
pub(crate) fn judge(evidence: &Evidence) -> Verdict {
    let mut verdict = Verdict {
        acknowledged: evidence.acknowledged.len(),
        sends: evidence.sends.len(),
        uncertain: evidence
            .messages
            .iter()
            .filter(|message| message.state == "uncertain")
            .count(),
        set_aside: evidence.set_aside.len(),
        ..Verdict::default()
    };
    nothing_is_lost(evidence, &mut verdict);
    only_what_was_in_flight_is_repeated(evidence, &mut verdict);
    conversations_keep_their_order(evidence, &mut verdict);
    retention_removes_what_it_should(evidence, &mut verdict);
    a_full_disk_is_said_to_be_full(evidence, &mut verdict);
    replays::are_whole(evidence, &mut verdict);
    nothing_is_sent_twice(evidence, &mut verdict);
    verdict
}

/// Every acknowledged update is exactly one event, and every event reached the app or is set aside for all to see. What the
/// app took, and only that, may have been removed since.
fn nothing_is_lost(evidence: &Evidence, verdict: &mut Verdict) {
    let mut stored: HashMap<(&str, &str), usize> = HashMap::new();
    for event in &evidence.events {
        *stored
            .entry((&event.event_type, &event.message_id))
            .or_default() += 1;
    }
    let mut ids: HashMap<(&str, &str), &str> = HashMap::new();
    let mut set_aside: HashSet<(&str, &str)> = HashSet::new();
    for call in &evidence.calls {
        let key = (call.event_type.as_str(), call.message_id.as_str());
        // Those of the gateway's own are about an event, and there may be several.
        let before = ids.insert(key, &call.event_id);
        if call.event_type != UNCERTAIN && before.is_some_and(|id| id != call.event_id) {
            let (event_type, message_id) = key;
            verdict.broken.push(format!(
                "doubled: {event_type} of {message_id} came as two events"
            ));
        }
        if evidence.set_aside.contains(&call.event_id) {
            set_aside.insert(key);
        }
    }
    let reached: HashSet<(&str, &str)> = unasked(evidence)
        .map(|call| (call.event_type.as_str(), call.message_id.as_str()))
        .collect();
    for update in &evidence.acknowledged {
        let key = (update.event_type.as_str(), update.message_id.as_str());
        match stored.get(&key) {
            Some(1) => {}
            Some(n) => verdict
                .broken
                .push(format!("doubled: {} of {} is {n} events", key.0, key.1)),
            None if reached.contains(&key) && update.age > YOUNG => verdict.removed += 1,
            None => verdict.broken.push(format!(
                "lost: {} of {} was acknowledged and is no event",
                key.0, key.1
            )),
        }
        if reached.contains(&key) {
            verdict.delivered += 1;
        } else if !set_aside.contains(&key) {
            verdict.broken.push(format!(
                "lost: {} of {} never reached the app",
                key.0, key.1
            ));
        }
    }
}

/// The gateway's own calls: what it was asked to deliver again comes when it comes.
fn unasked(evidence: &Evidence) -> impl Iterator<Item = &Call> {
    evidence
        .calls
        .iter()
        .filter(|call| call.taken && !call.again)
}

/// An event is taken twice, by itself or by one replay, only if the gateway was killed in between, and no more of them than
/// can be in flight.
fn only_what_was_in_flight_is_repeated(evidence: &Evidence, verdict: &mut Verdict) {
    let mut last: HashMap<(&str, Option<&str>), Instant> = HashMap::new();
    let mut after_kill: BTreeMap<usize, usize> = BTreeMap::new();
    let by_itself = |call: &&Call| call.taken && (!call.again || call.replay.is_some());
    for call in evidence.calls.iter().filter(by_itself) {
        let Some(before) = last.insert((&call.event_id, call.replay.as_deref()), call.at) else {
            continue;
        };
        verdict.repeated += 1;
        match evidence
            .kills
            .iter()
            .position(|kill| before <= *kill && *kill <= call.at)
        {
            Some(kill) => *after_kill.entry(kill).or_default() += 1,
            None => verdict.broken.push(format!(
                "doubled: {} was delivered twice without a kill between{}",
                call.event_id,
                call.replay
                    .as_ref()
                    .map(|replay| format!(", by {replay}"))
                    .unwrap_or_default()
            )),
        }
    }
    for (kill, repeated) in after_kill {
        if repeated > IN_FLIGHT {
            verdict.broken.push(format!("doubled: {repeated} events were repeated after kill {}, in flight are at most {IN_FLIGHT}", kill + 1));
        }
    }
}

/// The messages of one conversation reach the app in the order they were written, but for those that say they were parked.
fn conversations_keep_their_order(evidence: &Evidence, verdict: &mut Verdict) {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut furthest: HashMap<&str, u64> = HashMap::new();
    for call in unasked(evidence) {
        let is_first = call.event_type == "message.received" && seen.insert(&call.event_id);
        let Some((conversation, number)) = is_first.then(|| conversation_of(&call.text)).flatten()
        else {
            continue;
        };
        let before = furthest.entry(conversation).or_default();
        if number < *before && !call.parked {
            verdict.broken.push(format!(
                "reordered: {conversation} got message {number} after message {before}"
            ));
        }
        *before = number.max(*before);
    }
}

/// What is too old is gone, and the database is no larger than it may be.
fn retention_removes_what_it_should(evidence: &Evidence, verdict: &mut Verdict) {
    let old = |event: &&Stored| evidence.too_old.contains(&event.message_id);
    let kept = evidence.events.iter().filter(old).count();
    if kept > 0 {
        verdict
            .broken
            .push(format!("kept: {kept} events are older than they may be"));
    }
    let (_, bytes) = evidence.database;
    if bytes > ALLOWED {
        verdict.broken.push(format!(
            "kept: the database has {bytes} bytes, {ALLOWED} are allowed"
        ));
    }
}

/// While the disk is full, a webhook is stored or answered 503.
fn a_full_disk_is_said_to_be_full(evidence: &Evidence, verdict: &mut Verdict) {
    for (status, times) in &evidence.refused {
        if *status != 503 {
            verdict.broken.push(format!(
                "refused: {times} webhooks were answered {status} while the disk was full"
            ));
        }
    }
}

/// One reply to each message, and one send of each reply.
fn nothing_is_sent_twice(evidence: &Evidence, verdict: &mut Verdict) {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let mut by_text: HashMap<&str, usize> = HashMap::new();
    for (id, text) in &evidence.sends {
        *by_id.entry(id).or_default() += 1;
        *by_text.entry(text).or_default() += 1;
        if text.starts_with(ANSWER_AGAIN) {
            verdict
                .broken
                .push(format!("sent, although it answers a replay: {text}"));
        }
    }
    for (what, n) in by_id.iter().chain(&by_text).filter(|(_, n)| **n > 1) {
        verdict.broken.push(format!("sent {n} times: {what}"));
    }
    let mut replies: HashMap<&str, usize> = HashMap::new();
    for message in &evidence.messages {
        *replies.entry(&message.event_id).or_default() += 1;
        if !matches!(
            message.state.as_str(),
            "sent" | "delivered" | "read" | "uncertain"
        ) {
            verdict.broken.push(format!(
                "stuck: {} is {} although nothing failed",
                message.id, message.state
            ));
        }
    }
    let told: HashSet<&str> = unasked(evidence)
        .filter(|call| call.event_type == UNCERTAIN)
        .map(|call| call.message_id.as_str())
        .collect();
    let answered: HashMap<&str, &str> = unasked(evidence)
        .filter(|call| call.event_type == "message.received")
        .map(|call| (call.event_id.as_str(), call.text.as_str()))
        .collect();
    for (event_id, text) in answered {
        // Replies go with their events; by then they were sent, or the app was told that nobody knows.
        let is_known = || by_text.contains_key(&*answer_to(text)) || told.contains(event_id);
        match replies.get(event_id) {
            Some(1) => {}
            Some(n) => verdict
                .broken
                .push(format!("doubled: {event_id} has {n} replies")),
            None if is_known() => {}
            None => verdict.broken.push(format!(
                "lost: the reply to {event_id} is not in the outbox and was never sent"
            )),
        }
    }
}

/// The conversation and number in a text such as `c17 m4`.
fn conversation_of(text: &str) -> Option<(&str, u64)> {
    let (conversation, number) = text.split_once(" m")?;
    Some((conversation, number.parse().ok()?))
}

#[cfg(test)]
mod tests;
