//! What a replay has to have delivered.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use waypost_core::id::EventId;

use super::{Evidence, Stored, Verdict, conversation_of};
use crate::crash::replays::{Begun, Wanted};
use crate::sink::Call;

/// Each replay delivered as many events as it says, everything that was stored, settled and asked for when it began, and the
/// messages of a conversation in their order.
pub(super) fn are_whole(evidence: &Evidence, verdict: &mut Verdict) {
    let mut calls: HashMap<&str, Vec<&Call>> = HashMap::new();
    for call in evidence.calls.iter().filter(|call| call.taken) {
        if let Some(replay) = &call.replay {
            calls.entry(replay).or_default().push(call);
        }
    }
    let asked: HashSet<&str> = evidence
        .replays
        .iter()
        .map(|replay| replay.id.as_str())
        .collect();
    for id in calls.keys().filter(|id| !asked.contains(*id)) {
        verdict
            .broken
            .push(format!("replayed: nobody asked for {id}"));
    }
    let last = last_calls(evidence);
    for replay in &evidence.replays {
        let calls = calls.get(&*replay.id).map_or(&[][..], Vec::as_slice);
        one(evidence, replay, calls, &last, verdict);
    }
}

/// When each event was last called for, by each replay and without one.
fn last_calls(evidence: &Evidence) -> HashMap<&str, Vec<(Option<&str>, &Call)>> {
    let mut last: HashMap<&str, Vec<(Option<&str>, &Call)>> = HashMap::new();
    for call in &evidence.calls {
        let of = last.entry(&call.event_id).or_default();
        of.push((call.replay.as_deref(), call));
    }
    last
}

fn one(
    evidence: &Evidence,
    replay: &Begun,
    calls: &[&Call],
    last: &HashMap<&str, Vec<(Option<&str>, &Call)>>,
    verdict: &mut Verdict,
) {
    let id = &replay.id;
    let taken: HashSet<&str> = calls.iter().map(|call| call.event_id.as_str()).collect();
    verdict.replays += 1;
    verdict.replayed += taken.len();
    in_order(id, calls, verdict);
    // One that was removed with all that is old says nothing of itself any more.
    let Some((state, deliveries)) = &replay.ended else {
        return;
    };
    verdict.stopped += usize::from(state == "cancelled");
    if *deliveries != taken.len() as u64 {
        verdict.broken.push(format!(
            "replayed: {id} ({state}) says {deliveries} deliveries, the app took {}",
            taken.len()
        ));
    }
    if state != "done" {
        return;
    }
    let owed = |event: &&Stored| {
        replay.wanted.admits(event, text_of(event, last))
            && is_settled_before(replay, event, last, &evidence.full)
            && !taken.contains(event.id.as_str())
    };
    for event in evidence.events.iter().filter(owed) {
        verdict
            .broken
            .push(format!("replayed: {id} left out {}", event.id));
    }
}

fn in_order(id: &str, calls: &[&Call], verdict: &mut Verdict) {
    let mut seen: HashSet<&str> = HashSet::new();
    let mut furthest: HashMap<&str, u64> = HashMap::new();
    for call in calls {
        let is_first = call.event_type == "message.received" && seen.insert(&call.event_id);
        let Some((conversation, number)) = is_first.then(|| conversation_of(&call.text)).flatten()
        else {
            continue;
        };
        let before = furthest.entry(conversation).or_default();
        if number < *before && !call.parked {
            verdict.broken.push(format!(
                "reordered: {id} brought message {number} of {conversation} after message {before}"
            ));
        }
        *before = number.max(*before);
    }
}

/// From a call to its settlement: the app dawdles, and the commit takes its time.
const SETTLING: Duration = Duration::from_secs(1);

/// Whether all that was said of an event was said and stored before the replay began. What was still on its way then, by itself
/// or by another replay, is left alone by this one; and nothing can be stored while the disk is full.
fn is_settled_before(
    replay: &Begun,
    event: &Stored,
    last: &HashMap<&str, Vec<(Option<&str>, &Call)>>,
    full: &[(Instant, Instant)],
) -> bool {
    let Some(calls) = last.get(event.id.as_str()) else {
        return false;
    };
    let is_stored = |call: &Call| {
        let settled = call.at + SETTLING;
        let is_apart = |(from, until): &(Instant, Instant)| settled < *from || *until < call.at;
        settled < replay.at && full.iter().all(is_apart)
    };
    let mut others = calls.iter().filter(|(of, _)| *of != Some(&*replay.id));
    let is_taken = |(of, call): &(Option<&str>, &Call)| of.is_none() && call.taken;
    calls.iter().any(is_taken) && others.all(|(_, call)| is_stored(call))
}

fn text_of<'a>(event: &Stored, last: &HashMap<&str, Vec<(Option<&str>, &'a Call)>>) -> &'a str {
    last.get(event.id.as_str())
        .and_then(|calls| calls.first())
        .map_or("", |(_, call)| &call.text)
}

impl Wanted {
    fn admits(&self, event: &Stored, text: &str) -> bool {
        let Ok(id) = event.id.parse::<EventId>() else {
            return false;
        };
        let is_its = || match self.customer {
            None => true,
            Some(customer) => {
                conversation_of(text).is_some_and(|(name, _)| name == customer.name())
            }
        };
        self.from.is_none_or(|from| from <= id.time())
            && self.until.is_none_or(|until| id.time() < until)
            && (!self.messages || event.event_type == "message.received")
            && event.event_type.starts_with("message.")
            && is_its()
    }
}
