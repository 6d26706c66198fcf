//! What may go wrong with a call, on demand.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::Deserialize;

/// What happens to a call that is otherwise in order. "Taken" means that it has its effect: of a send, that the phone gets it
/// and statuses follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Not taken, and no answer until the simulator stops or the caller leaves.
    HangBefore,
    /// Taken, and no answer until the simulator stops or the caller leaves.
    HangAfter,
    /// Not taken, and the connection is reset.
    ResetBefore,
    /// Taken, and the connection is reset.
    ResetAfter,
    /// Not taken, and answered with this HTTP status and nothing of Meta's.
    Status(u16),
    /// Taken, and answered with this HTTP status and nothing of Meta's.
    StatusAfter(u16),
    /// Taken, and answered 200 with a body that is not JSON.
    GarbageAfter,
    /// Refused with one of Meta's error codes.
    Code(i64),
    /// Refused with one of Meta's throttling codes, and headers that say when to come back.
    Throttled {
        /// Such as 130429, 80007 or 4.
        code: i64,
        /// Minutes until access is regained.
        regain_minutes: u32,
    },
    /// Taken and answered as if all were well; then its status is `failed`, with this code. Sends only.
    FailsLater(i64),
    /// Taken, and answered `held_for_quality_assessment`. Sends only.
    Held,
    /// Taken, but later.
    Slow(Duration),
    /// Taken at once, answered later: statuses come before the answer.
    SlowAnswer(Duration),
}

impl Fault {
    /// Whether the send is taken in spite of it.
    pub fn takes(self) -> bool {
        match self {
            Self::HangBefore
            | Self::ResetBefore
            | Self::Status(_)
            | Self::Code(_)
            | Self::Throttled { .. } => false,
            Self::HangAfter
            | Self::ResetAfter
            | Self::StatusAfter(_)
            | Self::GarbageAfter
            | Self::FailsLater(_)
            | Self::Held
            | Self::Slow(_)
            | Self::SlowAnswer(_) => true,
        }
    }
}

/// A call of the Graph API, as far as faults tell calls apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Call {
    /// `POST /{number}/messages`, to send.
    Messages,
    /// `POST /{number}/messages`, to mark as read.
    MarkRead,
    /// `POST /{number}/media`
    MediaUpload,
    /// `GET /{media}`
    MediaUrl,
    /// `GET` of a file, where that says it is.
    MediaDownload,
    /// `DELETE /{media}`
    MediaDelete,
    /// `GET /{number}`
    Number,
    /// `GET /{business account}` and its `phone_numbers`
    BusinessAccount,
    /// `GET`, `POST` and `DELETE /{business account}/subscribed_apps`
    SubscribedApps,
    /// `GET /debug_token`
    DebugToken,
    /// Any other.
    Other,
}

/// The faults in store for the calls to come.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    next: VecDeque<Fault>,
    every: Vec<(u64, Fault)>,
    by_recipient: HashMap<String, Fault>,
    by_call: HashMap<Call, VecDeque<Fault>>,
    sends: u64,
}

impl Faults {
    pub(crate) fn push(&mut self, times: usize, fault: Fault) {
        self.next.extend(std::iter::repeat_n(fault, times));
    }

    pub(crate) fn push_for(&mut self, call: Call, times: usize, fault: Fault) {
        let faults = std::iter::repeat_n(fault, times);
        match call {
            Call::Messages => self.next.extend(faults),
            _ => self.by_call.entry(call).or_default().extend(faults),
        }
    }

    /// What befalls the next call of this kind, which is no send.
    pub(crate) fn draw_for(&mut self, call: Call) -> Option<Fault> {
        self.by_call.get_mut(&call)?.pop_front()
    }

    pub(crate) fn every(&mut self, nth: u64, fault: Fault) {
        self.every.push((nth.max(1), fault));
    }

    pub(crate) fn for_recipient(&mut self, recipient: String, fault: Fault) {
        self.by_recipient.insert(recipient, fault);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self {
            sends: self.sends,
            ..Self::default()
        };
    }

    /// What befalls the next send: the recipient's own fault, else the next in line, else one that is due by count.
    pub(crate) fn draw(&mut self, recipient: &str) -> Option<Fault> {
        self.sends += 1;
        if let Some(fault) = self.by_recipient.get(recipient) {
            return Some(*fault);
        }
        self.next.pop_front().or_else(|| {
            let due = |(nth, _): &&(u64, Fault)| self.sends.is_multiple_of(*nth);
            self.every.iter().find(due).map(|(_, fault)| *fault)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipients_own_fault_comes_before_the_next_in_line_and_that_before_every_nth() {
        let mut faults = Faults::default();
        faults.every(2, Fault::ResetAfter);
        faults.push(1, Fault::HangBefore);
        faults.for_recipient("1".to_owned(), Fault::Code(131_026));
        let drawn = ["1", "2", "3", "4", "5", "1"].map(|recipient| faults.draw(recipient));
        assert_eq!(
            drawn,
            [
                Some(Fault::Code(131_026)),
                Some(Fault::HangBefore),
                None,
                Some(Fault::ResetAfter),
                None,
                Some(Fault::Code(131_026)),
            ]
        );
        faults.clear();
        assert_eq!(faults.draw("1"), None);
    }
}
