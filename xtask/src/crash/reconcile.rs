//! The judgement: what Meta was told, beside what the app saw and what went out. Pure, so that it can be shown to fail.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use crate::sink::Call;

/// How many calls of one hook may be under way at once, and so be repeated after one kill.
const IN_FLIGHT: usize = 32;

/// Everything that was seen from outside during a run.
#[derive(Default)]
pub(crate) struct Evidence {
    /// Updates that the gateway acknowledged with 200, in the order the simulator made them.
    pub(crate) acknowledged: Vec<Update>,
    /// Calls of the app's hook, in order of arrival.
    pub(crate) calls: Vec<Call>,
    /// When the gateway was started again after each kill: what it sends is told apart by this.
    pub(crate) kills: Vec<Instant>,
    /// What the gateway says it stored: (event type, message id) of each event.
    pub(crate) events: Vec<(String, String)>,
    /// What it says is parked or dead, by event id.
    pub(crate) set_aside: HashSet<String>,
    /// The gateway's outbox.
    pub(crate) messages: Vec<Message>,
    /// What the simulator took for sending: the gateway's id of the message, and its text.
    pub(crate) sends: Vec<(String, String)>,
}

/// One update of a webhook.
#[derive(Debug, Clone)]
pub(crate) struct Update {
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
    nothing_is_sent_twice(evidence, &mut verdict);
    verdict
}

/// Every acknowledged update is exactly one event, and every event reached the app or is set aside for all to see.
fn nothing_is_lost(evidence: &Evidence, verdict: &mut Verdict) {
    let mut stored: HashMap<(&str, &str), usize> = HashMap::new();
    for (event_type, message_id) in &evidence.events {
        *stored.entry((event_type, message_id)).or_default() += 1;
    }
    let mut reached: HashMap<(&str, &str), &str> = HashMap::new();
    for call in evidence.calls.iter().filter(|call| call.taken) {
        let before = reached.insert((&call.event_type, &call.message_id), &call.event_id);
        if before.is_some_and(|id| id != call.event_id) {
            verdict.broken.push(format!(
                "doubled: {} of {} came as two events",
                call.event_type, call.message_id
            ));
        }
    }
    let set_aside: HashSet<(&str, &str)> = evidence
        .calls
        .iter()
        .filter(|call| evidence.set_aside.contains(&call.event_id))
        .map(|call| (call.event_type.as_str(), call.message_id.as_str()))
        .collect();
    for update in &evidence.acknowledged {
        let key = (update.event_type.as_str(), update.message_id.as_str());
        match stored.get(&key) {
            Some(1) => {}
            Some(n) => verdict
                .broken
                .push(format!("doubled: {} of {} is {n} events", key.0, key.1)),
            None => verdict.broken.push(format!(
                "lost: {} of {} was acknowledged and is no event",
                key.0, key.1
            )),
        }
        if reached.contains_key(&key) {
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

/// An event is taken twice only if the gateway was killed in between, and no more of them than can be in flight.
fn only_what_was_in_flight_is_repeated(evidence: &Evidence, verdict: &mut Verdict) {
    let mut last: HashMap<&str, Instant> = HashMap::new();
    let mut after_kill: BTreeMap<usize, usize> = BTreeMap::new();
    for call in unasked(evidence) {
        let Some(before) = last.insert(&call.event_id, call.at) else {
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
                "doubled: {} was delivered twice without a kill between",
                call.event_id
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

/// One reply to each message, and one send of each reply.
fn nothing_is_sent_twice(evidence: &Evidence, verdict: &mut Verdict) {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let mut by_text: HashMap<&str, usize> = HashMap::new();
    for (id, text) in &evidence.sends {
        *by_id.entry(id).or_default() += 1;
        *by_text.entry(text).or_default() += 1;
    }
    for (what, n) in by_id.into_iter().chain(by_text).filter(|(_, n)| *n > 1) {
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
    let answered: HashSet<&str> = evidence
        .calls
        .iter()
        .filter(|call| call.taken && call.event_type == "message.received")
        .map(|call| call.event_id.as_str())
        .collect();
    for event_id in answered {
        match replies.get(event_id) {
            Some(1) => {}
            Some(n) => verdict
                .broken
                .push(format!("doubled: {event_id} has {n} replies")),
            None => verdict.broken.push(format!(
                "lost: the reply to {event_id} is not in the outbox"
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
mod tests {
    use std::time::Duration;

    use super::*;

    fn call(at: Instant, event: &str, text: &str) -> Call {
        Call {
            at,
            event_id: format!("evt_{event}"),
            event_type: "message.received".into(),
            message_id: format!("wamid.{event}"),
            text: text.into(),
            parked: false,
            again: false,
            taken: true,
        }
    }

    /// Two messages of one conversation, both delivered and answered, with one kill at the end.
    fn sound() -> Evidence {
        let start = Instant::now();
        let update = |event: &str| Update {
            event_type: "message.received".into(),
            message_id: format!("wamid.{event}"),
        };
        let message = |event: &str| Message {
            id: format!("msg_{event}"),
            state: "delivered".into(),
            event_id: format!("evt_{event}"),
        };
        Evidence {
            acknowledged: vec![update("a"), update("b")],
            calls: vec![
                call(start, "a", "c1 m1"),
                call(start + Duration::from_millis(1), "b", "c1 m2"),
            ],
            kills: vec![start + Duration::from_millis(5)],
            events: vec![
                ("message.received".into(), "wamid.a".into()),
                ("message.received".into(), "wamid.b".into()),
            ],
            set_aside: HashSet::new(),
            messages: vec![message("a"), message("b")],
            sends: vec![
                ("msg_a".into(), "re: c1 m1".into()),
                ("msg_b".into(), "re: c1 m2".into()),
            ],
        }
    }

    fn broken(evidence: &Evidence) -> String {
        judge(evidence).broken.join("; ")
    }

    #[test]
    fn a_sound_run_breaks_nothing_even_with_a_repeat_across_a_kill() {
        let mut evidence = sound();
        let late = evidence.kills[0] + Duration::from_millis(5);
        evidence.calls.push(call(late, "b", "c1 m2"));
        let verdict = judge(&evidence);
        assert!(verdict.broken.is_empty(), "{:?}", verdict.broken);
        assert_eq!((verdict.delivered, verdict.repeated), (2, 1));
    }

    #[test]
    fn an_acknowledged_update_that_is_no_event_is_caught() {
        let mut evidence = sound();
        evidence.events.pop();
        assert!(broken(&evidence).contains("was acknowledged and is no event"));
    }

    #[test]
    fn an_event_that_never_reached_the_app_is_caught() {
        let mut evidence = sound();
        evidence.calls.pop();
        assert!(broken(&evidence).contains("never reached the app"));
    }

    #[test]
    fn a_repeat_without_a_kill_is_caught() {
        let mut evidence = sound();
        let soon = evidence.calls[1].at + Duration::from_millis(1);
        evidence.calls.push(call(soon, "b", "c1 m2"));
        assert!(broken(&evidence).contains("without a kill between"));
    }

    #[test]
    fn what_was_asked_for_again_is_neither_a_repeat_nor_out_of_order() {
        let mut evidence = sound();
        let mut again = evidence.calls[0].clone();
        (again.again, again.at) = (true, evidence.calls[1].at + Duration::from_millis(1));
        evidence.calls.push(again);
        let verdict = judge(&evidence);
        assert!(verdict.broken.is_empty(), "{:?}", verdict.broken);
        assert_eq!(verdict.repeated, 0);
    }

    #[test]
    fn an_overtaken_message_is_caught() {
        let mut evidence = sound();
        evidence.calls.swap(0, 1);
        assert!(broken(&evidence).contains("reordered"));
    }

    #[test]
    fn a_second_send_a_second_reply_and_a_lost_reply_are_caught() {
        let mut evidence = sound();
        evidence.sends.push(("msg_a".into(), "re: c1 m1".into()));
        assert!(broken(&evidence).contains("sent 2 times"));
        let mut evidence = sound();
        evidence.messages.push(Message {
            id: "msg_c".into(),
            state: "sent".into(),
            event_id: "evt_a".into(),
        });
        assert!(broken(&evidence).contains("has 2 replies"));
        let mut evidence = sound();
        evidence.messages.pop();
        assert!(broken(&evidence).contains("is not in the outbox"));
    }
}
