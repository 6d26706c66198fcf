//! The lanes of one hook or account, and whose turn it is among them.
//!
//! Three queues wait: lines whose head was never put off, in the order they became so; lines whose head has a time of its
//! own, by that time; and lanes with something parked, by the earliest of its times. They are served in turn, fresh every
//! other time, so that neither new work nor retries starve.
//!
//! **Invariant:** a lane stands in a queue exactly if [`Group::seat`], called after every change of it, finds that it should.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::LaneKey;
use super::line::{Aside, Entry, Lane, Place, Standing};
use crate::time::UnixMillis;

#[derive(Debug, Clone, Copy)]
enum Queue {
    Fresh,
    Timed,
    Parked,
}

const CYCLE: [Queue; 4] = [Queue::Fresh, Queue::Timed, Queue::Fresh, Queue::Parked];

#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) lanes: HashMap<LaneKey, Lane>,
    fresh: BTreeMap<u64, LaneKey>,
    timed: BTreeSet<(UnixMillis, LaneKey)>,
    parked: BTreeSet<(UnixMillis, LaneKey)>,
    /// The oldest item that waits in each lane.
    ages: BTreeSet<(i64, LaneKey)>,
    turns: u64,
    cycle: usize,
    first_in_flight: usize,
    again_in_flight: usize,
    /// How many lines have which length, where that is more than one.
    depths: BTreeMap<usize, usize>,
    pub(super) waiting_count: usize,
    pub(super) parked_count: usize,
}

/// What a pick took out of a lane.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) lane: LaneKey,
    pub(super) item: i64,
    /// Out of line, as opposed to the head of one.
    pub(super) aside: bool,
    /// Says so to the hook: parked now, or before it was recovered.
    pub(super) parked: bool,
    /// It had been put off before, as opposed to a first attempt.
    pub(super) again: bool,
}

impl Group {
    /// Changes one lane and gives it the seat it should have afterwards.
    pub(super) fn change<T>(&mut self, key: LaneKey, act: impl FnOnce(&mut Lane) -> T) -> T {
        let lane = self.lanes.entry(key).or_default();
        let (waiting, parked, age) = (lane.waiting(), parked_in(lane), lane.oldest());
        let answer = act(lane);
        self.waiting_count = self.waiting_count + lane.waiting() - waiting;
        self.parked_count = self.parked_count + parked_in(lane) - parked;
        let depth = lane.waiting();
        self.measure(waiting, depth);
        self.seat(key, age);
        answer
    }

    pub(super) fn wait(&mut self, key: LaneKey, entry: Entry) {
        self.change(key, |lane| lane.insert(entry));
    }

    pub(super) fn park(&mut self, key: LaneKey, item: i64, due: UnixMillis) {
        self.change(key, |lane| lane.make_aside().park(item, due));
    }

    /// Takes the next item whose turn it is, if any is due; one that was put off only while fewer than `again` of those are
    /// in flight.
    pub(super) fn pick(&mut self, now: UnixMillis, again: usize) -> Option<Picked> {
        for step in 0..CYCLE.len() {
            let at = (self.cycle + step) % CYCLE.len();
            let is_first = matches!(CYCLE[at], Queue::Fresh);
            if !is_first && self.again_in_flight >= again {
                continue;
            }
            let due = |queue: &BTreeSet<(UnixMillis, LaneKey)>| {
                let first = queue.first().filter(|(due, _)| *due <= now);
                first.map(|(_, lane)| *lane)
            };
            let mut picked = match CYCLE[at] {
                Queue::Fresh => {
                    let first = self.fresh.first_key_value().map(|(_, lane)| *lane);
                    first.and_then(|lane| self.take_head(lane))
                }
                Queue::Timed => due(&self.timed).and_then(|lane| self.take_head(lane)),
                Queue::Parked => due(&self.parked).and_then(|lane| self.take_parked(lane)),
            };
            if let Some(picked) = &mut picked {
                self.cycle = (at + 1) % CYCLE.len();
                picked.again = !is_first;
                *self.count(picked.again) += 1;
            }
            if picked.is_some() {
                return picked;
            }
        }
        None
    }

    /// Takes the head of the line that was never put off and became one last.
    pub(super) fn pick_newest(&mut self) -> Option<Picked> {
        let lane = *self.fresh.last_key_value()?.1;
        let picked = self.take_head(lane)?;
        *self.count(false) += 1;
        Some(picked)
    }

    /// An item that was picked is not in flight any more.
    pub(super) fn landed(&mut self, again: bool) {
        *self.count(again) -= 1;
    }

    /// Items in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.first_in_flight + self.again_in_flight
    }

    fn count(&mut self, again: bool) -> &mut usize {
        if again {
            &mut self.again_in_flight
        } else {
            &mut self.first_in_flight
        }
    }

    /// When the next item falls due: zero if one waits for nothing but its turn.
    pub(super) fn next_due(&self) -> Option<UnixMillis> {
        if !self.fresh.is_empty() {
            return Some(UnixMillis::ZERO);
        }
        let timed = self.timed.first().map(|(due, _)| *due);
        let parked = self.parked.first().map(|(due, _)| *due);
        timed.into_iter().chain(parked).min()
    }

    /// The smallest item that waits.
    pub(super) fn oldest(&self) -> Option<i64> {
        self.ages.first().map(|(item, _)| *item)
    }

    /// The length of the longest line.
    pub(super) fn deepest(&self) -> usize {
        let deep = self.depths.last_key_value().map(|(depth, _)| *depth);
        deep.unwrap_or(self.waiting_count.min(1))
    }

    /// A line had one length and has another. Most lines hold one item at a time, and cost nothing here.
    fn measure(&mut self, before: usize, after: usize) {
        if before == after {
            return;
        }
        if before > 1
            && let Some(lines) = self.depths.get_mut(&before)
        {
            *lines -= 1;
            if *lines == 0 {
                self.depths.remove(&before);
            }
        }
        if after > 1 {
            *self.depths.entry(after).or_default() += 1;
        }
    }

    /// Removes a lane whole, to be absorbed by another.
    pub(super) fn take(&mut self, key: LaneKey) -> Option<Lane> {
        let mut lane = self.lanes.remove(&key)?;
        self.waiting_count -= lane.waiting();
        self.measure(lane.waiting(), 0);
        self.parked_count -= parked_in(&lane);
        self.leave(key, std::mem::take(&mut lane.place));
        if let Some(age) = lane.oldest() {
            self.ages.remove(&(age, key));
        }
        if let Some(due) = lane.aside_mut().and_then(|aside| aside.place.take()) {
            self.parked.remove(&(due, key));
        }
        Some(lane)
    }

    /// Heads that wait for a later time are due at `now`. Puts what is parked back in line, due at `now` too: in the lanes
    /// that wait with something parked, and in `busy`, those where a parked item is in flight.
    pub(super) fn recover(&mut self, busy: impl Iterator<Item = LaneKey>, now: UnixMillis) {
        let later = self.timed.iter().rev().take_while(|(due, _)| *due > now);
        for key in later.map(|(_, key)| *key).collect::<Vec<_>>() {
            self.change(key, |lane| lane.hasten(now));
        }
        let keys: Vec<_> = self.parked.iter().map(|(_, key)| *key).collect();
        for key in keys.into_iter().chain(busy) {
            self.change(key, |lane| lane.recover(now));
        }
    }

    fn take_head(&mut self, key: LaneKey) -> Option<Picked> {
        let head = self.change(key, |lane| {
            let head = lane.pop_head()?;
            lane.in_flight += 1;
            Some(head)
        })?;
        Some(Picked {
            lane: key,
            item: head.item,
            aside: false,
            parked: head.standing() == Standing::Recovered,
            again: false,
        })
    }

    fn take_parked(&mut self, key: LaneKey) -> Option<Picked> {
        let item = self.change(key, |lane| {
            let aside = lane.make_aside();
            let first = aside.pop_first()?;
            aside.in_flight += 1;
            Some(first)
        })?;
        Some(Picked {
            lane: key,
            item,
            aside: true,
            parked: true,
            again: true,
        })
    }

    /// Gives a lane the seats it should have, and its place among the ages in exchange for `old_age`; forgets it when it is
    /// over.
    fn seat(&mut self, key: LaneKey, old_age: Option<i64>) {
        let Some(lane) = self.lanes.get_mut(&key) else {
            return;
        };
        let old = lane.place;
        let new = match lane.head() {
            _ if lane.in_flight > 0 => Place::Nowhere,
            None => Place::Nowhere,
            Some(head) if head.standing() == Standing::Held => Place::Nowhere,
            Some(head) if head.due() > UnixMillis::ZERO => Place::Timed(head.due()),
            Some(_) => match old {
                Place::Fresh(turn) => Place::Fresh(turn),
                Place::Nowhere | Place::Timed(_) => {
                    self.turns += 1;
                    Place::Fresh(self.turns)
                }
            },
        };
        lane.place = new;
        let mut parked = (None, None);
        if let Some(aside) = lane.aside_mut() {
            let due = aside.next_due().filter(|_| aside.in_flight == 0);
            parked = (std::mem::replace(&mut aside.place, due), due);
        }
        let age = lane.oldest();
        if lane.is_over() {
            self.lanes.remove(&key);
        }
        if old_age != age {
            if let Some(old) = old_age {
                self.ages.remove(&(old, key));
            }
            if let Some(age) = age {
                self.ages.insert((age, key));
            }
        }
        if old != new {
            self.leave(key, old);
            match new {
                Place::Nowhere => {}
                Place::Fresh(turn) => {
                    self.fresh.insert(turn, key);
                }
                Place::Timed(due) => {
                    self.timed.insert((due, key));
                }
            }
        }
        if parked.0 != parked.1 {
            if let Some(due) = parked.0 {
                self.parked.remove(&(due, key));
            }
            if let Some(due) = parked.1 {
                self.parked.insert((due, key));
            }
        }
    }

    fn leave(&mut self, key: LaneKey, place: Place) {
        match place {
            Place::Nowhere => {}
            Place::Fresh(turn) => {
                self.fresh.remove(&turn);
            }
            Place::Timed(due) => {
                self.timed.remove(&(due, key));
            }
        }
    }
}

fn parked_in(lane: &Lane) -> usize {
    lane.aside().map_or(0, Aside::len)
}
