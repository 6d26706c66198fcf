//! Against a model that knows no data structure but a list, over random histories.
//!
//! Over 500 lines: the model, the histories and the cases found with them are one argument.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

mod throng;

const GROUPS: u32 = 2;
const KEYS: i64 = 6;

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Line {
        due: i64,
        parked: bool,
        held: bool,
    },
    Parked {
        due: i64,
    },
    Flying {
        lease: u64,
        aside: bool,
        parked: bool,
        gone: bool,
    },
}

#[derive(Debug, Clone, Copy)]
struct Item {
    group: u32,
    lane: i64,
    state: State,
}

/// Every rule of the module's description, said in the slowest way.
#[derive(Default)]
struct Model {
    items: BTreeMap<i64, Item>,
}

impl Model {
    fn of_lane(&self, group: u32, lane: i64) -> impl Iterator<Item = (&i64, &Item)> {
        let here = move |(_, item): &(&i64, &Item)| item.group == group && item.lane == lane;
        self.items.iter().filter(here)
    }

    /// What may be claimed now: (item, aside, parked).
    fn eligible(&self, group: u32, now: i64) -> Vec<(i64, bool, bool)> {
        let mut eligible = Vec::new();
        for lane in 0..KEYS {
            let flying = |out: bool| {
                self.of_lane(group, lane).any(
                    |(_, item)| matches!(item.state, State::Flying { aside, .. } if aside == out),
                )
            };
            let mut line = self
                .of_lane(group, lane)
                .filter_map(|(id, item)| match item.state {
                    State::Line { due, parked, held } => Some((*id, due, parked, held)),
                    _ => None,
                });
            match line.next() {
                Some((id, due, parked, false)) if due <= now && !flying(false) => {
                    eligible.push((id, false, parked));
                }
                _ => {}
            }
            let parked = self
                .of_lane(group, lane)
                .filter_map(|(id, item)| match item.state {
                    State::Parked { due } => Some((due, *id)),
                    _ => None,
                });
            match parked.min() {
                Some((due, id)) if due <= now && !flying(true) => eligible.push((id, true, true)),
                _ => {}
            }
        }
        eligible
    }

    fn leases(&self) -> Vec<(u64, i64)> {
        let flying = |(id, item): (&i64, &Item)| match item.state {
            State::Flying { lease, .. } => Some((lease, *id)),
            _ => None,
        };
        self.items.iter().filter_map(flying).collect()
    }

    fn held(&self) -> Vec<i64> {
        let held = |item: &Item| matches!(item.state, State::Line { held: true, .. });
        self.items
            .iter()
            .filter(|(_, item)| held(item))
            .map(|(id, _)| *id)
            .collect()
    }

    fn release(&mut self, id: i64, release: Release) {
        let Some(item) = self.items.get_mut(&id) else {
            return;
        };
        let (aside, parked, gone) = match item.state {
            State::Flying {
                aside,
                parked,
                gone,
                ..
            } => (aside, parked, gone),
            _ => (false, false, false),
        };
        match release {
            _ if gone => drop(self.items.remove(&id)),
            Release::Done => drop(self.items.remove(&id)),
            Release::Retry(at) | Release::Return(at) if !aside => {
                item.state = State::Line {
                    due: at.0,
                    parked,
                    held: false,
                };
            }
            Release::Retry(at) | Release::Return(at) | Release::Park(at) => {
                item.state = State::Parked { due: at.0 };
            }
            Release::Hold => {
                item.state = State::Line {
                    due: 0,
                    parked: false,
                    held: true,
                }
            }
        }
    }

    fn recover(&mut self, group: u32, now: i64) {
        for lane in 0..KEYS {
            let in_line = |item: &Item| matches!(item.state, State::Line { .. });
            let flies = |item: &Item| matches!(item.state, State::Flying { aside, .. } if !aside);
            let busy = self.of_lane(group, lane).any(|(_, item)| flies(item));
            let mut line = self.of_lane(group, lane).filter(|(_, item)| in_line(item));
            let head = line.next().map(|(id, _)| *id).filter(|_| !busy);
            drop(line);
            if let Some(Item {
                state: State::Line {
                    due, held: false, ..
                },
                ..
            }) = head.and_then(|id| self.items.get_mut(&id))
            {
                *due = now.min(*due);
            }
        }
        for item in self.items.values_mut().filter(|item| item.group == group) {
            match &mut item.state {
                State::Parked { .. } => {
                    item.state = State::Line {
                        due: now,
                        parked: true,
                        held: false,
                    };
                }
                State::Flying { aside, .. } => *aside = false,
                State::Line { .. } => {}
            }
        }
    }

    fn relane(&mut self, group: u32, from: i64, into: i64) {
        for item in self.items.values_mut() {
            if item.group == group && item.lane == from {
                item.lane = into;
            }
        }
    }

    fn backlog(&self, group: u32) -> Backlog {
        let of_group = || self.items.iter().filter(|(_, item)| item.group == group);
        let count = |is: fn(&State) -> bool| of_group().filter(|(_, item)| is(&item.state)).count();
        let in_line = |lane| {
            let lane = self.of_lane(group, lane);
            lane.filter(|(_, item)| matches!(item.state, State::Line { .. }))
                .count()
        };
        Backlog {
            waiting: count(|state| matches!(state, State::Line { .. })),
            parked: count(|state| matches!(state, State::Parked { .. })),
            in_flight: count(|state| matches!(state, State::Flying { .. })),
            lanes: of_group()
                .map(|(_, item)| item.lane)
                .collect::<BTreeSet<_>>()
                .len(),
            deepest: (0..KEYS).map(in_line).max().unwrap_or(0),
            oldest: of_group().map(|(id, _)| *id).min(),
        }
    }
}

/// The real thing and the model, side by side.
#[derive(Default)]
struct Pair {
    lanes: Lanes,
    model: Model,
    now: i64,
    next: i64,
}

impl Pair {
    /// One step, chosen by three numbers; all of them are legal.
    fn step(&mut self, what: u8, a: u32, b: i64) {
        let group = a % GROUPS;
        let lane = b.rem_euclid(KEYS);
        let at = UnixMillis(if b % 3 == 0 { 0 } else { self.now + b % 50 });
        let release = match b % 7 {
            0 | 1 => Release::Retry(at),
            2 | 3 => Release::Park(at),
            4 => Release::Hold,
            5 => Release::Return(at),
            _ => Release::Done,
        };
        match what % 20 {
            0..=4 => self.push(group, lane, at, 0),
            5 => self.push(group, lane, at, 1),
            6 => self.push(group, lane, at, 2),
            7..=11 => drop(self.claim(group)),
            12..=15 => {
                let leases = self.model.leases();
                if let Some((lease, item)) = leases.get(a as usize % leases.len().max(1)) {
                    let release = if what.is_multiple_of(2) {
                        Release::Done
                    } else {
                        release
                    };
                    assert!(self.lanes.release(*lease, release));
                    assert!(
                        !self.lanes.release(*lease, Release::Done),
                        "a lease ends once"
                    );
                    self.model.release(*item, release);
                }
            }
            16 => {
                let held = self.model.held();
                if let Some(item) = held.get(a as usize % held.len().max(1)) {
                    assert!(self.lanes.resume(*item, release));
                    self.model.release(*item, release);
                }
            }
            17 => {
                let ids: Vec<_> = self.model.items.keys().copied().collect();
                if let Some(id) = ids.get(a as usize % ids.len().max(1)) {
                    self.remove(*id);
                }
            }
            18 => self.now += b % 40,
            _ if b % 2 == 0 => {
                self.lanes.recover(group, UnixMillis(self.now));
                self.model.recover(group, self.now);
            }
            _ => {
                let into = (lane + 1) % KEYS;
                self.lanes.relane(group, LaneKey(lane), LaneKey(into));
                self.model.relane(group, lane, into);
            }
        }
    }

    fn push(&mut self, group: u32, lane: i64, due: UnixMillis, how: u8) {
        self.next += 1;
        let (id, key) = (self.next, LaneKey(lane));
        let state = match how {
            0 => {
                self.lanes.push(group, key, id, due);
                State::Line {
                    due: due.0,
                    parked: false,
                    held: false,
                }
            }
            1 => {
                self.lanes.push_parked(group, key, id, due);
                State::Parked { due: due.0 }
            }
            _ => {
                self.lanes.push_held(group, key, id);
                State::Line {
                    due: 0,
                    parked: false,
                    held: true,
                }
            }
        };
        self.model.items.insert(id, Item { group, lane, state });
    }

    fn remove(&mut self, id: i64) {
        let item = self.model.items[&id];
        assert!(self.lanes.remove(item.group, LaneKey(item.lane), id));
        match self.model.items.get_mut(&id).map(|item| &mut item.state) {
            Some(State::Flying { gone, .. }) => *gone = true,
            _ => drop(self.model.items.remove(&id)),
        }
    }

    /// Claims, and checks that the turn is one the rules allow, or that they allow none.
    fn claim(&mut self, group: u32) -> Option<Turn> {
        let eligible = self.model.eligible(group, self.now);
        let due = self
            .lanes
            .next_due(group)
            .is_some_and(|due| due.0 <= self.now);
        assert_eq!(
            due,
            !eligible.is_empty(),
            "next_due tells whether a claim succeeds"
        );
        let turn = self.lanes.claim(UnixMillis(self.now), group);
        let Some(turn) = turn else {
            assert_eq!(eligible, [], "nobody is forgotten");
            return None;
        };
        let mut allowed = eligible.into_iter().filter(|(id, ..)| *id == turn.item);
        let (id, aside, parked) = allowed.next().expect("the rules allow this turn");
        assert_eq!(turn.parked, parked);
        let item = self.model.items.get_mut(&id).expect("it is eligible");
        assert_eq!(turn.lane, LaneKey(item.lane));
        item.state = State::Flying {
            lease: turn.lease,
            aside,
            parked,
            gone: false,
        };
        Some(turn)
    }

    fn check_counts(&self) {
        for group in 0..GROUPS {
            assert_eq!(self.lanes.backlog(group), self.model.backlog(group));
        }
        for (id, item) in &self.model.items {
            assert_eq!(
                self.lanes.is_leased(*id),
                matches!(item.state, State::Flying { .. })
            );
            assert_eq!(
                self.lanes.is_held(*id),
                matches!(item.state, State::Line { held: true, .. })
            );
        }
    }

    /// Lets everything finish; every item must come out.
    fn drain(&mut self) {
        for (lease, item) in self.model.leases() {
            assert!(self.lanes.release(lease, Release::Done));
            self.model.release(item, Release::Done);
        }
        for item in self.model.held() {
            assert!(self.lanes.resume(item, Release::Done));
            self.model.release(item, Release::Done);
        }
        self.now += 1_000;
        for group in 0..GROUPS {
            while let Some(turn) = self.claim(group) {
                assert!(self.lanes.release(turn.lease, Release::Done));
                self.model.release(turn.item, Release::Done);
            }
        }
        assert!(self.model.items.is_empty(), "nothing is lost");
        self.check_counts();
        assert!((0..GROUPS).all(|group| self.lanes.next_due(group).is_none()));
    }
}

proptest! {
    #[test]
    fn lanes_do_what_the_rules_say(steps in proptest::collection::vec((any::<u8>(), any::<u32>(), 0i64..1_000), 1..400)) {
        let mut pair = Pair::default();
        for (what, a, b) in steps {
            pair.step(what, a, b);
            pair.check_counts();
        }
        pair.drain();
    }
}

#[test]
fn a_long_history_keeps_to_the_rules() {
    let mut pair = Pair::default();
    let mut random = 0x9E37_79B9_7F4A_7C15u64;
    for step in 0..150_000u32 {
        // xorshift64: any long sequence will do, as long as it is the same one every time.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let [what, a, b, ..] = random.to_le_bytes();
        // Grows for a while, then shrinks, so that both long and empty lanes are met.
        let what = if pair.model.items.len() > 150 {
            7 + what % 12
        } else {
            what
        };
        pair.step(
            what,
            u32::from(a) << 8 | u32::from(b),
            ((random >> 48) % 1_000).cast_signed(),
        );
        if step.is_multiple_of(1_000) {
            pair.check_counts();
        }
    }
    pair.drain();
}

fn due(lanes: &mut Lanes, now: i64) -> Option<Turn> {
    lanes.claim(UnixMillis(now), 1)
}

const A: LaneKey = LaneKey(10);
const B: LaneKey = LaneKey(20);

#[test]
fn a_failing_head_blocks_only_its_own_lane() {
    let mut lanes = Lanes::new();
    for (lane, item) in [(A, 1), (A, 2), (B, 3), (B, 4)] {
        lanes.push(1, lane, item, UnixMillis::ZERO);
    }
    let head = due(&mut lanes, 0).expect("A's head");
    assert!(lanes.release(head.lease, Release::Retry(UnixMillis(100))));
    for expected in [3, 4] {
        let turn = due(&mut lanes, 0).expect("B goes on");
        assert_eq!(turn.item, expected);
        assert!(lanes.release(turn.lease, Release::Done));
    }
    assert_eq!(due(&mut lanes, 99), None);
    assert_eq!(lanes.next_due(1), Some(UnixMillis(100)));
    assert_eq!(due(&mut lanes, 100).map(|turn| turn.item), Some(1));
}

#[test]
fn a_long_lane_takes_turns_with_short_ones() {
    let mut lanes = Lanes::new();
    for item in 0..1_000 {
        lanes.push(1, A, item, UnixMillis::ZERO);
    }
    for other in 0..10 {
        lanes.push(1, LaneKey(100 + other), 2_000 + other, UnixMillis::ZERO);
    }
    let mut served = Vec::new();
    for _ in 0..12 {
        let turn = due(&mut lanes, 0).expect("something is due");
        served.push(turn.item);
        assert!(lanes.release(turn.lease, Release::Done));
    }
    assert!((2_000..2_010).all(|item| served.contains(&item)));
}

#[test]
fn first_attempts_and_retries_do_not_starve_one_another() {
    let mut lanes = Lanes::new();
    for item in 0..100 {
        lanes.push(1, LaneKey(item), item, UnixMillis(1));
        lanes.push(1, LaneKey(1_000 + item), 1_000 + item, UnixMillis::ZERO);
        lanes.push_parked(1, LaneKey(2_000 + item), 2_000 + item, UnixMillis(1));
    }
    let mut served = [0; 3];
    for _ in 0..100 {
        let turn = due(&mut lanes, 10).expect("something is due");
        served[usize::try_from(turn.item / 1_000).expect("small")] += 1;
    }
    assert_eq!(served, [25, 50, 25]);
}

#[test]
fn what_is_parked_lets_others_pass_and_goes_first_when_the_hook_is_back() {
    let mut lanes = Lanes::new();
    for item in 1..=4 {
        lanes.push(1, A, item, UnixMillis::ZERO);
    }
    for _ in 0..2 {
        let turn = due(&mut lanes, 0).expect("the head");
        assert!(lanes.release(turn.lease, Release::Park(UnixMillis(1_000))));
    }
    let passing = due(&mut lanes, 0).expect("the line goes on");
    assert_eq!((passing.item, passing.parked), (3, false));
    lanes.recover(1, UnixMillis(5));
    assert_eq!(due(&mut lanes, 5), None, "one in flight");
    assert!(lanes.release(passing.lease, Release::Done));
    let order: Vec<_> = std::iter::from_fn(|| {
        let turn = due(&mut lanes, 5)?;
        assert!(lanes.release(turn.lease, Release::Done));
        Some((turn.item, turn.parked))
    })
    .collect();
    assert_eq!(order, [(1, true), (2, true), (4, false)]);
}

#[test]
fn when_a_group_recovers_its_put_off_heads_go_at_once_and_its_held_ones_do_not() {
    let mut lanes = Lanes::new();
    lanes.push(1, A, 1, UnixMillis(1000));
    lanes.push(1, A, 2, UnixMillis::ZERO);
    lanes.push_held(1, LaneKey(77), 3);
    assert_eq!(due(&mut lanes, 5), None);
    lanes.recover(1, UnixMillis(5));
    assert_eq!(lanes.next_due(1), Some(UnixMillis(5)));
    let turn = due(&mut lanes, 5).expect("the head is due");
    assert_eq!((turn.item, turn.parked), (1, false));
    assert_eq!(due(&mut lanes, i64::MAX), None);
}

#[test]
fn an_undecided_send_holds_its_lane_until_it_is_decided() {
    let mut lanes = Lanes::new();
    lanes.push_held(1, A, 1);
    lanes.push(1, A, 2, UnixMillis::ZERO);
    assert_eq!(due(&mut lanes, i64::MAX), None);
    assert_eq!(lanes.next_due(1), None);
    assert!(!lanes.resume(2, Release::Done), "only what is held");
    assert!(lanes.resume(1, Release::Done));
    assert_eq!(due(&mut lanes, 0).map(|turn| turn.item), Some(2));
}

#[test]
fn merged_lanes_wait_for_both_and_go_on_in_order() {
    let mut lanes = Lanes::new();
    for (lane, item) in [(A, 1), (B, 2), (A, 3), (B, 4)] {
        lanes.push(1, lane, item, UnixMillis::ZERO);
    }
    let first = due(&mut lanes, 0).expect("A's head");
    let second = due(&mut lanes, 0).expect("B's head");
    lanes.relane(1, B, A);
    assert!(lanes.release(first.lease, Release::Done));
    assert_eq!(
        due(&mut lanes, 0),
        None,
        "the younger lane's lease has not ended"
    );
    assert!(lanes.release(second.lease, Release::Return(UnixMillis::ZERO)));
    let order: Vec<_> = std::iter::from_fn(|| {
        let turn = due(&mut lanes, 0)?;
        assert!(lanes.release(turn.lease, Release::Done));
        assert_eq!(turn.lane, A);
        Some(turn.item)
    })
    .collect();
    assert_eq!(order, [2, 3, 4]);
}

#[test]
fn a_hundred_thousand_lanes_come_and_go() {
    let mut lanes = Lanes::new();
    for item in 0..100_000 {
        lanes.push(1, LaneKey(item), item, UnixMillis::ZERO);
    }
    let mut expected = 0;
    while let Some(turn) = due(&mut lanes, 0) {
        assert_eq!(turn.item, expected, "in the order they came");
        assert!(lanes.release(turn.lease, Release::Done));
        expected += 1;
    }
    assert_eq!(expected, 100_000);
    assert_eq!(lanes.backlog(1), Backlog::default());
}
