//! Whose turn it is: the scheduling of both queues, in memory and pure.
//!
//! A store keeps one [`Lanes`] for deliveries (a group is a hook) and one for sends (a group is an account), fills it on
//! opening from its pending rows in the order of their ids, and asks it for turns. Leases live here: one process owns the
//! data directory, so a restart voids them by forgetting them.
//!
//! - The items of a lane go in the order of their numbers, one in flight; the successor's turn may come the moment its
//!   predecessor is done. An item that has to be tried again holds its own lane up and no other.
//! - A parked item is out of line: it goes at its own time, beside the line, one of a lane at once.
//! - A held item holds its lane up until [`Lanes::resume`] decides.
//! - Within a group lanes come in turn, and so do first attempts, retries, and what is parked: of four turns two, one and
//!   one. Retries and what is parked never take the last quarter of a group's places.
//!
//! **Invariant:** of one lane at most one item in line and one parked item are in flight (and both lines' after a merge,
//! until the first of them ends: then none starts before the other has ended too). **Invariant:** an item is here once:
//! in line, parked, or in flight, from its push until it is done or removed.
//!
//! Everything costs O(log n) of what waits, except where stated.

use std::collections::HashMap;

use super::LaneKey;
use super::group::{Group, Picked};
use super::line::{Entry, Standing};
use crate::time::UnixMillis;

/// The lanes of one queue. See the module's description.
#[derive(Debug, Default)]
pub struct Lanes {
    groups: HashMap<u32, Group>,
    leases: HashMap<u64, Lease>,
    /// The lease of each item in flight.
    in_flight: HashMap<i64, u64>,
    /// Where each held item is.
    held: HashMap<i64, (u32, LaneKey)>,
    last_lease: u64,
}

/// The right to act on one item, until it is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// To release with. Never given out twice, and never zero.
    pub lease: u64,
    /// Which lane.
    pub lane: LaneKey,
    /// Which item.
    pub item: i64,
    /// Others of its lane may have overtaken it: it is parked, or was until its group recovered.
    pub parked: bool,
}

/// What becomes of an item whose turn it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It is gone, and its successor's turn may come.
    Done,
    /// Again at this time, holding its lane up. What is parked stays parked.
    Retry(UnixMillis),
    /// Again at this time, out of its lane's way.
    Park(UnixMillis),
    /// It holds its lane up until [`Lanes::resume`].
    Hold,
    /// Nothing was done; again at this time (`UnixMillis::ZERO`: at once), from where it was.
    Return(UnixMillis),
}

/// What waits in one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Items in line that are not in flight.
    pub waiting: usize,
    /// Parked items that are not in flight.
    pub parked: usize,
    /// Items in flight.
    pub in_flight: usize,
    /// Lanes with any of these.
    pub lanes: usize,
    /// Items in the longest line that are not in flight.
    pub deepest: usize,
    /// The smallest number among all of them.
    pub oldest: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and every combination occurs"
)]
struct Lease {
    group: u32,
    lane: LaneKey,
    item: i64,
    /// Out of line.
    aside: bool,
    parked: bool,
    /// It had been put off before.
    again: bool,
    /// Removed meanwhile: whatever it is released with, it is gone.
    gone: bool,
}

impl Lanes {
    /// No lanes.
    pub fn new() -> Self {
        Self::default()
    }

    /// An item enters the line of its lane: due at once if `due` is `UnixMillis::ZERO`, else when its time has come.
    ///
    /// Items of a lane usually come in growing order; one that does not finds its place all the same, ahead of the
    /// greater ones that are not in flight.
    pub fn push(&mut self, group: u32, lane: LaneKey, item: i64, due: UnixMillis) {
        let entry = Entry::new(item, due, Standing::Waiting);
        self.groups.entry(group).or_default().wait(lane, entry);
    }

    /// An item that was parked before a restart.
    pub fn push_parked(&mut self, group: u32, lane: LaneKey, item: i64, due: UnixMillis) {
        self.groups.entry(group).or_default().park(lane, item, due);
    }

    /// An item whose fate was undecided before a restart: it holds its lane up until [`Lanes::resume`].
    pub fn push_held(&mut self, group: u32, lane: LaneKey, item: i64) {
        let entry = Entry::new(item, UnixMillis::ZERO, Standing::Held);
        self.groups.entry(group).or_default().wait(lane, entry);
        self.held.insert(item, (group, lane));
    }

    /// The next turn of this group, if anything is due at `now`.
    pub fn claim(&mut self, now: UnixMillis, group: u32) -> Option<Turn> {
        self.claim_within(now, group, usize::MAX)
    }

    /// The same, where the group takes on `cap` items at once. Items that are tried again may have all but a quarter of that,
    /// so that slow ones among them never keep first attempts waiting; the rest of the cap is the caller's to keep.
    pub fn claim_within(&mut self, now: UnixMillis, group: u32, cap: usize) -> Option<Turn> {
        let again = (cap - cap.div_ceil(4)).max(1);
        let picked = self.groups.get_mut(&group)?.pick(now, again)?;
        Some(self.lease(group, &picked))
    }

    /// The turn of the lane that came last among those never tried; without one, the next.
    pub fn claim_newest(&mut self, now: UnixMillis, group: u32) -> Option<Turn> {
        let lanes = self.groups.get_mut(&group)?;
        let picked = lanes.pick_newest().or_else(|| lanes.pick(now, 1))?;
        Some(self.lease(group, &picked))
    }

    fn lease(&mut self, group: u32, picked: &Picked) -> Turn {
        self.last_lease += 1;
        let lease = Lease {
            group,
            lane: picked.lane,
            item: picked.item,
            aside: picked.aside,
            parked: picked.parked,
            again: picked.again,
            gone: false,
        };
        self.leases.insert(self.last_lease, lease);
        self.in_flight.insert(picked.item, self.last_lease);
        Turn {
            lease: self.last_lease,
            lane: picked.lane,
            item: picked.item,
            parked: picked.parked,
        }
    }

    /// Ends a turn. False if the lease is void: then nothing has changed.
    pub fn release(&mut self, lease: u64, release: Release) -> bool {
        let Some(lease) = self.leases.remove(&lease) else {
            return false;
        };
        self.in_flight.remove(&lease.item);
        let Some(group) = self.groups.get_mut(&lease.group) else {
            return false;
        };
        group.landed(lease.again);
        let release = if lease.gone { Release::Done } else { release };
        let standing = if lease.parked {
            Standing::Recovered
        } else {
            Standing::Waiting
        };
        group.change(lease.lane, |lane| {
            if lease.aside {
                lane.make_aside().in_flight -= 1;
            } else {
                lane.in_flight -= 1;
            }
            match release {
                Release::Done => {}
                Release::Retry(at) | Release::Return(at) if !lease.aside => {
                    lane.insert(Entry::new(lease.item, at, standing));
                }
                Release::Retry(at) | Release::Return(at) | Release::Park(at) => {
                    lane.make_aside().park(lease.item, at);
                }
                Release::Hold => {
                    lane.insert(Entry::new(lease.item, UnixMillis::ZERO, Standing::Held));
                }
            }
        });
        if release == Release::Hold {
            self.held.insert(lease.item, (lease.group, lease.lane));
        }
        true
    }

    /// Decides what becomes of a held item. False if it is not held: then nothing has changed.
    pub fn resume(&mut self, item: i64, release: Release) -> bool {
        let Some((group, key)) = self.held.get(&item).copied() else {
            return false;
        };
        let Some(group) = self.groups.get_mut(&group) else {
            return false;
        };
        if release == Release::Hold {
            return true;
        }
        self.held.remove(&item);
        group.change(key, |lane| {
            lane.remove(item);
            match release {
                Release::Done | Release::Hold => {}
                Release::Retry(at) | Release::Return(at) => {
                    lane.insert(Entry::new(item, at, Standing::Waiting));
                }
                Release::Park(at) => {
                    lane.make_aside().park(item, at);
                }
            }
        });
        true
    }

    /// Takes an item out, wherever it is; if it is in flight, when its lease ends. False if it is not here.
    ///
    /// Costs O(length of the lane).
    pub fn remove(&mut self, group: u32, lane: LaneKey, item: i64) -> bool {
        if let Some(lease) = self.in_flight.get(&item) {
            if let Some(lease) = self.leases.get_mut(lease) {
                lease.gone = true;
            }
            return true;
        }
        let Some(group) = self.groups.get_mut(&group) else {
            return false;
        };
        self.held.remove(&item);
        group.lanes.contains_key(&lane) && group.change(lane, |lane| lane.remove(item))
    }

    /// Whatever takes this group's items works again: heads that waited for a later time are due now, and what is parked is
    /// due now and goes first in its lane, in order.
    ///
    /// Costs O(lanes) where something is parked or put off.
    pub fn recover(&mut self, group: u32, now: UnixMillis) {
        let number = group;
        let Some(group) = self.groups.get_mut(&number) else {
            return;
        };
        let aside = |lease: &&Lease| lease.group == number && lease.aside;
        let busy = self.leases.values().filter(aside).map(|lease| lease.lane);
        group.recover(busy, now);
        // What is parked and in flight counts as in line from now on, so that the line waits for it.
        for lease in self.leases.values_mut() {
            if lease.group == number {
                lease.aside = false;
            }
        }
    }

    /// Two lanes become one: all items of `from` join `into` in the order of their numbers, and none of either starts
    /// before what is in flight of both has ended. Later items are to be pushed to `into`.
    ///
    /// Costs O(length of both lanes).
    pub fn relane(&mut self, group: u32, from: LaneKey, into: LaneKey) {
        let number = group;
        let Some(group) = self.groups.get_mut(&number) else {
            return;
        };
        if from == into {
            return;
        }
        let Some(younger) = group.take(from) else {
            return;
        };
        for item in younger.held() {
            self.held.insert(item, (number, into));
        }
        group.change(into, |older| older.absorb(younger));
        for lease in self.leases.values_mut() {
            if lease.group == number && lease.lane == from {
                lease.lane = into;
            }
        }
    }

    /// How many items of this group are in flight.
    pub fn in_flight(&self, group: u32) -> usize {
        self.groups.get(&group).map_or(0, Group::in_flight)
    }

    /// Whether someone holds a lease on this item.
    pub fn is_leased(&self, item: i64) -> bool {
        self.in_flight.contains_key(&item)
    }

    /// Whether this item holds its lane up until [`Lanes::resume`].
    pub fn is_held(&self, item: i64) -> bool {
        self.held.contains_key(&item)
    }

    /// When a claim in this group will next succeed if nothing changes: `UnixMillis::ZERO` if at once.
    pub fn next_due(&self, group: u32) -> Option<UnixMillis> {
        self.groups.get(&group)?.next_due()
    }

    /// What waits in this group.
    pub fn backlog(&self, group: u32) -> Backlog {
        let Some(lanes) = self.groups.get(&group) else {
            return Backlog::default();
        };
        let of_group = |lease: &&Lease| lease.group == group;
        let in_flight: Vec<_> = self.leases.values().filter(of_group).collect();
        let flying = in_flight.iter().map(|lease| lease.item);
        Backlog {
            waiting: lanes.waiting_count,
            parked: lanes.parked_count,
            in_flight: in_flight.len(),
            lanes: lanes.lanes.len(),
            deepest: lanes.deepest(),
            oldest: flying.chain(lanes.oldest()).min(),
        }
    }
}

#[cfg(test)]
mod tests;
