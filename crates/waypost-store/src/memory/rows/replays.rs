//! The replays' rows.

use std::ops::Range;

use waypost_core::event::StoredEvent;
use waypost_core::id::{ContactId, DeliveryId, EventId, ReplayId};
use waypost_core::lane::LaneKey;
use waypost_core::replay::{Outline, Replay, Request, Span};
use waypost_core::time::UnixMillis;

use super::MemoryRows;
use crate::rows::{ReplayRows, Rows as _};
use crate::{Candidate, Candidates, Error};

impl ReplayRows for MemoryRows {
    fn put_replay(&mut self, replay: &Replay) -> Result<(), Error> {
        self.replays.insert(replay.id, replay.clone());
        Ok(())
    }

    fn replay(&mut self, id: ReplayId) -> Result<Option<Replay>, Error> {
        Ok(self.replays.get(&id).cloned())
    }

    fn span(&mut self, range: Range<EventId>) -> Result<Option<Span>, Error> {
        if range.is_empty() {
            return Ok(None);
        }
        let mut events = self.events.range(range).map(|(id, _)| *id);
        let first = events.next();
        Ok(first.map(|first| Span {
            first,
            last: events.next_back().unwrap_or(first),
        }))
    }

    fn insert_replayed(
        &mut self,
        id: DeliveryId,
        event: EventId,
        hook: u32,
        lane: LaneKey,
        replay: ReplayId,
        due: UnixMillis,
    ) -> Result<(), Error> {
        self.insert_delivery(id, event, hook, lane)?;
        if let Some(row) = self.deliveries.get_mut(&id) {
            row.replay = Some(replay);
            row.due = due;
        }
        Ok(())
    }

    fn change_event(&mut self, event: &StoredEvent) -> Result<(), Error> {
        self.events.insert(event.id, event.clone());
        Ok(())
    }
}

impl MemoryRows {
    /// See [`crate::Replays::candidates`].
    pub(in crate::memory) fn candidates(
        &self,
        request: &Request,
        place: EventId,
        end: EventId,
        limit: usize,
    ) -> Candidates {
        let mut found = Candidates {
            events: Vec::new(),
            looked_at: 0,
            place,
            is_end: true,
        };
        for (&id, event) in self
            .events
            .range(EventId(place.0 + 1)..end.max(EventId(place.0 + 1)))
        {
            if found.events.len() >= limit {
                found.is_end = false;
                break;
            }
            found.looked_at += u64::from(request.is_of_account(event.account_id.as_str()));
            found.place = id;
            let outline = Outline {
                event_type: event.event_type,
                account_id: event.account_id.as_str(),
                contact_id: event.contact_id,
                quarantined: event.quarantined.is_some(),
            };
            if request.admits(&outline) {
                let of_event = self.deliveries.values().filter(|row| row.event == id);
                let deliveries =
                    of_event.filter_map(|row| Some((self.hook(row.hook)?.clone(), row.state)));
                found.events.push(Candidate {
                    event: event.clone(),
                    deliveries: deliveries.collect(),
                });
            }
        }
        found
    }

    /// See [`crate::Replays::contacts`].
    pub(in crate::memory) fn contacts(
        &self,
        account: Option<&str>,
        handle: &str,
    ) -> Vec<ContactId> {
        let is_account = |number: u32| {
            account.is_none_or(|wanted| {
                self.accounts
                    .get(number as usize)
                    .is_some_and(|id| id.as_str() == wanted)
            })
        };
        let mut found: Vec<ContactId> = self
            .handles
            .iter()
            .filter(|((number, _, value), _)| value == handle && is_account(*number))
            .map(|(_, contact)| *contact)
            .collect();
        if let Ok(id) = handle.parse() {
            found.push(self.merged.get(&id).copied().unwrap_or(id));
        }
        let merged = self
            .merged
            .iter()
            .filter(|(_, older)| found.contains(older));
        let younger: Vec<_> = merged.map(|(younger, _)| *younger).collect();
        found.extend(younger);
        found.sort_unstable();
        found.dedup();
        found
    }
}
