//! One lane: what waits in line, what is parked beside it, and how much of it is in flight.
//!
//! **Invariant:** the line is sorted by item, whatever the order of insertion; nothing is in it that is in flight.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::time::UnixMillis;

/// What keeps the head of a line where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its own time, which may be past.
    Waiting,
    /// The same; it was parked before, so others have overtaken it.
    Recovered,
    /// Somebody's decision.
    Held,
}

/// One item in line: sixteen bytes, since a million of them may wait. The standing lies in the two lowest bits of the time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) item: i64,
    packed: i64,
}

impl Entry {
    pub(super) fn new(item: i64, due: UnixMillis, standing: Standing) -> Self {
        let bits = match standing {
            Standing::Waiting => 0,
            Standing::Recovered => 1,
            Standing::Held => 2,
        };
        // Sixty-one bits of milliseconds are 73 million years; what lies beyond is pinned there.
        let due = due.0.clamp(i64::MIN >> 2, i64::MAX >> 2);
        Self {
            item,
            packed: (due << 2) | bits,
        }
    }

    pub(super) fn due(self) -> UnixMillis {
        UnixMillis(self.packed >> 2)
    }

    pub(super) fn standing(self) -> Standing {
        match self.packed & 3 {
            0 => Standing::Waiting,
            1 => Standing::Recovered,
            _ => Standing::Held,
        }
    }
}

/// Where a line waits for its turn, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Place {
    /// Nowhere: empty, in flight, or held.
    #[default]
    Nowhere,
    /// Among the lines whose head was never put off, by turn.
    Fresh(u64),
    /// Among the lines whose head has a time of its own.
    Timed(UnixMillis),
}

/// One lane. Small, since there may be a million; what is rare sits behind a pointer.
#[derive(Debug, Default)]
pub(super) struct Lane {
    line: VecDeque<Entry>,
    pub(super) place: Place,
    /// Items of the line in flight: one, or two for a while after two lanes became one.
    pub(super) in_flight: u32,
    aside: Option<Box<Aside>>,
}

/// What is parked: out of line, each on its own time.
#[derive(Debug, Default)]
pub(super) struct Aside {
    by_due: BTreeSet<(UnixMillis, i64)>,
    by_item: BTreeMap<i64, UnixMillis>,
    /// The time it stands in the group's queue with, if it does.
    pub(super) place: Option<UnixMillis>,
    pub(super) in_flight: u32,
}

impl Aside {
    pub(super) fn park(&mut self, item: i64, due: UnixMillis) {
        self.by_item.insert(item, due);
        self.by_due.insert((due, item));
    }

    pub(super) fn pop_first(&mut self) -> Option<i64> {
        let (_, item) = self.by_due.pop_first()?;
        self.by_item.remove(&item);
        Some(item)
    }

    pub(super) fn next_due(&self) -> Option<UnixMillis> {
        self.by_due.first().map(|(due, _)| *due)
    }

    pub(super) fn len(&self) -> usize {
        self.by_item.len()
    }

    fn remove(&mut self, item: i64) -> bool {
        let due = self.by_item.remove(&item);
        due.is_some_and(|due| self.by_due.remove(&(due, item)))
    }

    fn oldest(&self) -> Option<i64> {
        self.by_item.first_key_value().map(|(item, _)| *item)
    }
}

impl Lane {
    pub(super) fn head(&self) -> Option<Entry> {
        self.line.front().copied()
    }

    pub(super) fn pop_head(&mut self) -> Option<Entry> {
        self.line.pop_front()
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        if self.line.capacity() == 0 {
            // Most lanes only ever hold one item at a time; the first growth would make room for four.
            self.line.reserve_exact(1);
        }
        let at = match self.line.back() {
            Some(last) if last.item > entry.item => {
                self.line.partition_point(|other| other.item < entry.item)
            }
            _ => self.line.len(),
        };
        self.line.insert(at, entry);
    }

    /// Takes an item out of the line or from beside it. False if it is in neither.
    pub(super) fn remove(&mut self, item: i64) -> bool {
        match self.line.binary_search_by_key(&item, |entry| entry.item) {
            Ok(at) => self.line.remove(at).is_some(),
            Err(_) => self.aside.as_mut().is_some_and(|aside| aside.remove(item)),
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    pub(super) fn held(&self) -> impl Iterator<Item = i64> {
        let held = |entry: &&Entry| entry.standing() == Standing::Held;
        self.line.iter().filter(held).map(|entry| entry.item)
    }

    pub(super) fn aside(&self) -> Option<&Aside> {
        self.aside.as_deref()
    }

    pub(super) fn aside_mut(&mut self) -> Option<&mut Aside> {
        self.aside.as_deref_mut()
    }

    pub(super) fn make_aside(&mut self) -> &mut Aside {
        self.aside.get_or_insert_default()
    }

    /// The head is due at `now`.
    pub(super) fn hasten(&mut self, now: UnixMillis) {
        if let Some(head) = self.line.front_mut() {
            *head = Entry::new(head.item, now, head.standing());
        }
    }

    /// Puts everything parked back in line, due at `now`; what of it is in flight counts as in line too.
    pub(super) fn recover(&mut self, now: UnixMillis) {
        let Some(aside) = self.aside.as_mut() else {
            return;
        };
        let parked = std::mem::take(&mut aside.by_item);
        aside.by_due.clear();
        self.in_flight += std::mem::take(&mut aside.in_flight);
        for item in parked.into_keys() {
            self.insert(Entry::new(item, now, Standing::Recovered));
        }
    }

    /// Takes in everything of another lane, in the order of items.
    pub(super) fn absorb(&mut self, younger: Self) {
        self.in_flight += younger.in_flight;
        let mut merged: Vec<Entry> = self.line.drain(..).chain(younger.line).collect();
        merged.sort_unstable_by_key(|entry| entry.item);
        self.line = merged.into();
        if let Some(younger) = younger.aside {
            let aside = self.make_aside();
            aside.by_due.extend(younger.by_due);
            aside.by_item.extend(younger.by_item);
            aside.in_flight += younger.in_flight;
        }
    }

    /// The smallest item that waits, in line or beside it.
    pub(super) fn oldest(&self) -> Option<i64> {
        let parked = self.aside.as_deref().and_then(Aside::oldest);
        self.head()
            .map(|head| head.item)
            .into_iter()
            .chain(parked)
            .min()
    }

    /// Whether nothing is left to remember.
    pub(super) fn is_over(&self) -> bool {
        let over = |aside: &Aside| aside.by_item.is_empty() && aside.in_flight == 0;
        self.line.is_empty() && self.in_flight == 0 && self.aside.as_deref().is_none_or(over)
    }
}
