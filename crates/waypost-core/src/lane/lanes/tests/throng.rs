//! A day's worth: hundreds of thousands of events through thousands of lanes, against a model that is a set for each lane.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;

const EVENTS: i64 = 200_000;
const LANES: u64 = 5_000;
const HOOKS: u32 = 3;
const CAP: usize = 32;

/// What has not come out of one lane yet.
#[derive(Debug, Default)]
struct Waiting {
    in_line: BTreeSet<i64>,
    parked: BTreeSet<i64>,
    /// The head is under way.
    busy: bool,
}

#[derive(Default)]
struct Throng {
    lanes: Lanes,
    model: HashMap<(u32, LaneKey), Waiting>,
    /// Who is under way, by lease: hook, turn, and whether it had been put off before.
    flying: BTreeMap<u64, (u32, Turn, bool)>,
    put_off: BTreeSet<i64>,
    random: u64,
    now: i64,
    done: i64,
}

impl Throng {
    /// xorshift64: any long sequence will do, as long as it is the same one every time.
    fn dice(&mut self, sides: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % sides
    }

    fn arrive(&mut self, item: i64) {
        // A tenth of all events belong to a few busy conversations.
        let lane = if self.dice(10) == 0 {
            self.dice(5)
        } else {
            self.dice(LANES)
        };
        let key = LaneKey(lane.cast_signed());
        let hook = u32::try_from(self.dice(HOOKS.into())).expect("there are few hooks");
        self.lanes.push(hook, key, item, UnixMillis::ZERO);
        let waiting = self.model.entry((hook, key)).or_default();
        waiting.in_line.insert(item);
    }

    /// Takes every turn there is within the hook's cap, and checks each against the rules.
    fn serve(&mut self, hook: u32) {
        while self.lanes.in_flight(hook) < CAP {
            let Some(turn) = self.lanes.claim_within(UnixMillis(self.now), hook, CAP) else {
                return;
            };
            let waiting = self.model.get_mut(&(hook, turn.lane)).expect("it is known");
            if turn.parked {
                assert!(waiting.parked.remove(&turn.item), "parked, and not in line");
            } else {
                assert!(!waiting.busy, "one of a lane at once");
                assert_eq!(waiting.in_line.first(), Some(&turn.item), "in order");
                waiting.busy = true;
            }
            let again = self.put_off.contains(&turn.item);
            self.flying.insert(turn.lease, (hook, turn, again));
            let flying = |wanted: bool| {
                let of_hook = self.flying.values().filter(|(of, ..)| *of == hook);
                of_hook.filter(|(.., again)| *again == wanted).count()
            };
            assert!(flying(true) <= CAP - CAP / 4, "a quarter is for the new");
            assert!(flying(true) + flying(false) <= CAP);
        }
    }

    /// One of those under way ends, this way or that.
    fn land(&mut self) {
        let count = u64::try_from(self.flying.len()).expect("small");
        if count == 0 {
            return;
        }
        let place = usize::try_from(self.dice(count)).expect("small");
        let lease = *self.flying.keys().nth(place).expect("it is in there");
        let (hook, turn, _) = self.flying.remove(&lease).expect("it is in there");
        let later = UnixMillis(self.now + 1 + self.dice(500).cast_signed());
        let release = match self.dice(20) {
            0 | 1 => Release::Retry(later),
            2 => Release::Park(later),
            3 => Release::Return(UnixMillis::ZERO),
            _ => Release::Done,
        };
        assert!(self.lanes.release(lease, release));
        let waiting = self.model.get_mut(&(hook, turn.lane)).expect("known");
        if !turn.parked {
            waiting.busy = false;
        }
        let parked = turn.parked || matches!(release, Release::Park(_));
        if release == Release::Done || (parked && !turn.parked) {
            waiting.in_line.remove(&turn.item);
        }
        match release {
            Release::Done => self.done += 1,
            _ if parked => drop(waiting.parked.insert(turn.item)),
            _ => {}
        }
        match release {
            Release::Retry(_) | Release::Park(_) => drop(self.put_off.insert(turn.item)),
            // What is parked waits among the parked, whenever it is due.
            _ if parked => {}
            _ => drop(self.put_off.remove(&turn.item)),
        }
    }
}

#[test]
fn hundreds_of_thousands_of_events_come_out_in_order_and_all_of_them() {
    let mut throng = Throng {
        random: 0x9E37_79B9_7F4A_7C15,
        ..Throng::default()
    };
    let mut next = 0;
    while throng.done < EVENTS {
        for _ in 0..throng.dice(40) {
            if next < EVENTS {
                next += 1;
                throng.arrive(next);
            }
        }
        for hook in 0..HOOKS {
            throng.serve(hook);
        }
        for _ in 0..throng.dice(60) {
            throng.land();
        }
        throng.now += throng.dice(20).cast_signed();
    }
    assert!(throng.flying.is_empty());
    let left = |waiting: &Waiting| waiting.in_line.len() + waiting.parked.len();
    assert_eq!(throng.model.values().map(left).sum::<usize>(), 0);
    for hook in 0..HOOKS {
        assert_eq!(throng.lanes.backlog(hook), Backlog::default());
    }
}
