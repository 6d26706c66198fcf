//! Each way in which a run can fail, failed.

use std::time::Duration;

use waypost_core::id::EventId;

use super::*;
use crate::crash::replays::{Begun, Wanted};

/// Our id of the event of this letter.
fn id(event: &str) -> String {
    EventId(i64::from(event.as_bytes()[0]) << 40).to_string()
}

fn call(at: Instant, event: &str, text: &str) -> Call {
    Call {
        at,
        event_id: id(event),
        event_type: "message.received".into(),
        message_id: format!("wamid.{event}"),
        text: text.into(),
        parked: false,
        again: false,
        replay: None,
        taken: true,
    }
}

/// Two messages of one conversation, both delivered and answered, with one kill at the end.
fn sound() -> Evidence {
    let start = Instant::now();
    let update = |event: &str| Update {
        event_type: "message.received".into(),
        message_id: format!("wamid.{event}"),
        age: Duration::from_secs(5),
    };
    let stored = |event: &str| Stored {
        id: id(event),
        event_type: "message.received".into(),
        message_id: format!("wamid.{event}"),
    };
    let message = |event: &str| Message {
        id: format!("msg_{event}"),
        state: "delivered".into(),
        event_id: id(event),
    };
    Evidence {
        acknowledged: vec![update("a"), update("b")],
        calls: vec![
            call(start, "a", "c1 m1"),
            call(start + Duration::from_millis(1), "b", "c1 m2"),
        ],
        kills: vec![start + Duration::from_millis(5)],
        events: vec![stored("a"), stored("b")],
        too_old: HashSet::from(["wamid.old".to_owned()]),
        replays: Vec::new(),
        full: Vec::new(),
        refused: Answers::from([(503, 3)]),
        database: (ALLOWED * 2, ALLOWED),
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
        event_id: id("a"),
    });
    assert!(broken(&evidence).contains("has 2 replies"));
    let mut evidence = sound();
    evidence.messages.pop();
    let verdict = judge(&evidence);
    assert!(verdict.broken.is_empty(), "it was sent, and is gone");
    evidence.sends.pop();
    assert!(broken(&evidence).contains("is not in the outbox"));
}

#[test]
fn retention_may_take_what_reached_the_app_and_is_not_young() {
    let mut evidence = sound();
    evidence.events.pop();
    evidence.acknowledged[1].age = YOUNG * 2;
    let verdict = judge(&evidence);
    assert!(verdict.broken.is_empty(), "{:?}", verdict.broken);
    assert_eq!(verdict.removed, 1);
    evidence.calls.pop();
    assert!(broken(&evidence).contains("was acknowledged and is no event"));
}

#[test]
fn a_retention_that_keeps_what_is_too_old_or_too_much_is_caught() {
    let mut evidence = sound();
    evidence.events[0].message_id = "wamid.old".into();
    assert!(broken(&evidence).contains("1 events are older than they may be"));
    let mut evidence = sound();
    evidence.database.1 += 1;
    assert!(broken(&evidence).contains("are allowed"));
}

#[test]
fn a_refusal_that_is_not_503_is_caught() {
    let mut evidence = sound();
    evidence.refused.insert(500, 2);
    assert!(broken(&evidence).contains("2 webhooks were answered 500"));
}

/// The sound run, and after it a replay of both messages.
fn replayed() -> Evidence {
    let mut evidence = sound();
    let at = evidence.calls[1].at + Duration::from_mins(1);
    evidence.replays.push(Begun {
        id: "rpl_1".into(),
        at,
        wanted: Wanted::default(),
        ended: Some(("done".into(), 2)),
        is_to_end: true,
    });
    for number in 0..2 {
        let mut again = evidence.calls[number].clone();
        again.at = at + Duration::from_millis(1 + number as u64);
        (again.again, again.replay) = (true, Some("rpl_1".into()));
        evidence.calls.push(again);
    }
    evidence
}

#[test]
fn a_replay_of_all_that_was_settled_in_its_order_breaks_nothing() {
    let verdict = judge(&replayed());
    assert!(verdict.broken.is_empty(), "{:?}", verdict.broken);
    assert_eq!((verdict.replays, verdict.replayed), (1, 2));
}

#[test]
fn a_replay_that_lost_left_out_reordered_or_repeated_something_is_caught() {
    let mut evidence = replayed();
    evidence.calls.pop();
    assert!(broken(&evidence).contains("says 2 deliveries, the app took 1"));
    evidence.replays[0].ended = Some(("done".into(), 1));
    assert!(broken(&evidence).contains("left out"));
    evidence.replays[0].ended = Some(("cancelled".into(), 1));
    assert_eq!(broken(&evidence), "", "one that was stopped owes nothing");

    let mut evidence = replayed();
    let last = evidence.calls.len() - 1;
    evidence.calls.swap(last, last - 1);
    assert!(broken(&evidence).contains("after message 2"));

    let mut evidence = replayed();
    evidence.calls.push(evidence.calls[last].clone());
    assert!(broken(&evidence).contains("delivered twice without a kill between, by rpl_1"));
}

#[test]
fn a_replay_that_nobody_asked_for_or_whose_answer_was_sent_is_caught() {
    let mut evidence = replayed();
    evidence.replays.clear();
    assert!(broken(&evidence).contains("nobody asked for rpl_1"));
    let mut evidence = replayed();
    evidence
        .sends
        .push(("msg_c".into(), format!("{ANSWER_AGAIN}c1 m1")));
    assert!(broken(&evidence).contains("although it answers a replay"));
}

#[test]
fn a_replay_owes_nothing_that_was_not_settled_when_it_began_or_not_asked_for() {
    let mut evidence = replayed();
    evidence.calls.pop();
    evidence.replays[0].ended = Some(("done".into(), 1));
    let taken = evidence.calls[1].at;
    let mut full = evidence.clone();
    full.full = vec![(taken, taken + Duration::from_secs(70))];
    assert_eq!(broken(&full), "", "nothing is settled on a full disk");
    let mut early = evidence.clone();
    early.replays[0].at = taken;
    assert_eq!(broken(&early), "");
    evidence.replays[0].wanted.until = Some(waypost_core::time::UnixMillis(1));
    assert_eq!(broken(&evidence), "");
}
