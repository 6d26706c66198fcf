//! Whether an account may send at all: held after a refusal that concerns the whole sender, until a probe is taken.
//!
//! While it is held its messages stay queued, and one of them at a time is tried, at growing distances. The first that Meta
//! takes ends the hold. A refusal that looks like the sender's may be one message's own fault after all: a message that is
//! refused again and again between others that Meta takes fails in the end, instead of holding everyone up.
//!
//! **Invariant:** only a call that began after the hold did can end it: what was under way when a token ended proves nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::account::AccountId;
use crate::refusal::Patience;
use crate::time::UnixMillis;

/// Times a message may hold the sender up between others that go.
const STRIKES: u32 = 3;
/// Messages remembered as refused. Past this many all are forgotten, which costs each of them another refusal.
const REMEMBERED: usize = 1_000;

/// How an account's sending fares.
#[derive(Debug, Clone, Default)]
pub struct Health {
    hold: Option<Hold>,
    refused: BTreeMap<i64, Refused>,
}

/// Why and since when an account is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    /// When the first message was refused.
    pub since: UnixMillis,
    /// When one is tried again.
    pub probe_at: UnixMillis,
    /// Messages refused since.
    pub refusals: u32,
    /// Meta's whole error, as of the last refusal.
    pub error: Value,
}

impl Hold {
    /// The name of the store's setting that holds this account's hold as JSON; an empty text means that there is none.
    pub fn setting_of(account_id: &AccountId) -> String {
        format!("held:{account_id}")
    }
}

/// A message that was refused as if it were the sender's fault.
#[derive(Debug, Clone, Copy)]
struct Refused {
    strikes: u32,
    /// Others have been taken since.
    others_went: bool,
}

/// What becomes of a message that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays queued; the account is held.
    Waits,
    /// It is at fault itself.
    Fails,
}

impl Health {
    /// As it was before a restart; whoever restarts may have mended it, so it is tried at once.
    pub fn restored(hold: Hold, now: UnixMillis) -> Self {
        let hold = Some(Hold {
            probe_at: now,
            ..hold
        });
        Self {
            hold,
            refused: BTreeMap::new(),
        }
    }

    /// The hold in force.
    pub fn hold(&self) -> Option<&Hold> {
        self.hold.as_ref()
    }

    /// Meta refused the message as the sender's fault.
    pub fn refused(
        &mut self,
        now: UnixMillis,
        message: i64,
        error: Value,
        patience: Patience,
    ) -> Fate {
        if self.refused.len() > REMEMBERED {
            self.refused.clear();
        }
        let known = self.refused.entry(message).or_insert(Refused {
            strikes: 0,
            others_went: true,
        });
        if known.others_went {
            known.strikes += 1;
            known.others_went = false;
        }
        if known.strikes >= STRIKES {
            self.refused.remove(&message);
            return Fate::Fails;
        }
        match &mut self.hold {
            None => {
                self.hold = Some(Hold {
                    since: now,
                    probe_at: now.plus(patience.first),
                    refusals: 1,
                    error,
                });
            }
            Some(hold) => {
                // Calls that were under way when the hold began are no probes.
                if now >= hold.probe_at {
                    let distance = doubled(patience, hold.probe_at.since(hold.since));
                    hold.probe_at = now.plus(distance);
                }
                hold.refusals = hold.refusals.saturating_add(1);
                hold.error = error;
            }
        }
        Fate::Waits
    }

    /// Meta took a message whose call began at `began`. Answers the hold this ends.
    pub fn taken(&mut self, message: i64, began: UnixMillis) -> Option<Hold> {
        self.refused.remove(&message);
        if self.hold.as_ref().is_some_and(|hold| began < hold.since) {
            return None;
        }
        for refused in self.refused.values_mut() {
            refused.others_went = true;
        }
        self.hold.take()
    }

    /// Someone changed the account: the next message is tried at once.
    pub fn probe_now(&mut self, now: UnixMillis) {
        if let Some(hold) = &mut self.hold {
            hold.probe_at = now;
        }
    }
}

/// The next distance, after `so_far` of probing: about twice the last one.
fn doubled(patience: Patience, so_far: Duration) -> Duration {
    (so_far + patience.first).min(patience.longest)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Fate, Health, Patience};
    use crate::time::UnixMillis;
    use std::time::Duration;

    const PATIENCE: Patience = Patience {
        first: Duration::from_secs(15),
        longest: Duration::from_mins(10),
    };

    fn at(seconds: i64) -> UnixMillis {
        UnixMillis::from_seconds(1_800_000_000 + seconds)
    }

    fn error() -> Value {
        json!({"code": 190})
    }

    #[test]
    fn probes_grow_apart_to_the_longest_distance() {
        let mut health = Health::default();
        let mut now = at(0);
        let mut distances = Vec::new();
        for message in 0..9 {
            assert_eq!(health.refused(now, message, error(), PATIENCE), Fate::Waits);
            let probe_at = health.hold().unwrap().probe_at;
            distances.push(probe_at.since(now).as_secs());
            now = probe_at;
        }
        assert_eq!(distances, [15, 30, 60, 120, 240, 480, 600, 600, 600]);
        assert_eq!(health.hold().unwrap().refusals, 9);
        let ended = health.taken(9, now).unwrap();
        assert_eq!(ended.since, at(0));
        assert!(health.hold().is_none());
    }

    #[test]
    fn calls_under_way_when_the_hold_began_neither_end_it_nor_count_as_probes() {
        let mut health = Health::default();
        for message in 0..16 {
            health.refused(at(10), message, error(), PATIENCE);
        }
        assert_eq!(health.hold().unwrap().probe_at, at(25));
        assert!(health.taken(99, at(9)).is_none());
        assert!(health.hold().is_some());
        assert!(health.taken(99, at(11)).is_some());
    }

    #[test]
    fn a_message_that_alone_is_refused_again_and_again_fails_and_the_others_go() {
        let mut health = Health::default();
        let mut now = at(0);
        for other in 1..3 {
            assert_eq!(health.refused(now, 7, error(), PATIENCE), Fate::Waits);
            now = now.plus(Duration::from_mins(1));
            assert!(health.taken(other, now).is_some());
        }
        assert_eq!(health.refused(now, 7, error(), PATIENCE), Fate::Fails);
        assert!(health.hold().is_none());
    }

    #[test]
    fn while_nothing_goes_nobody_is_blamed_however_long() {
        let mut health = Health::default();
        for hour in 0..100 {
            let fate = health.refused(at(hour * 3600), 7, error(), PATIENCE);
            assert_eq!(fate, Fate::Waits);
        }
    }

    #[test]
    fn a_changed_account_is_tried_at_once_and_so_is_one_after_a_restart() {
        let mut health = Health::default();
        health.refused(at(0), 1, error(), PATIENCE);
        health.probe_now(at(1));
        assert_eq!(health.hold().unwrap().probe_at, at(1));
        let hold = health.hold().unwrap().clone();
        let restored = Health::restored(hold, at(50));
        assert_eq!(restored.hold().unwrap().probe_at, at(50));
        assert_eq!(restored.hold().unwrap().since, at(0));
    }
}
