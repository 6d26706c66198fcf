//! The one direction a message's state goes when news of it comes in, from Meta's answer or from a status webhook.
//!
//! `queued < sending < uncertain < sent < failed < delivered < read`: statuses come in any order and more than once.
//! Failed outranks sent, because a late `sent` takes nothing back; delivered and read outrank failed, because a message
//! may fail on one device of its recipient and arrive on another.
//!
//! **Invariant:** a state never goes backwards. The gateway's own decision to queue a message again is no news, and is
//! not taken here.

use crate::message::MessageState;

/// The state after news of it.
#[must_use]
pub fn advance(current: MessageState, incoming: MessageState) -> MessageState {
    if rank(incoming) > rank(current) {
        incoming
    } else {
        current
    }
}

fn rank(state: MessageState) -> u8 {
    match state {
        MessageState::Queued => 0,
        MessageState::Sending => 1,
        MessageState::Uncertain => 2,
        MessageState::Sent => 3,
        MessageState::Failed => 4,
        MessageState::Delivered => 5,
        MessageState::Read => 6,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop, prop_oneof, proptest};
    use proptest::strategy::Just;

    use super::*;
    use MessageState::{Delivered, Failed, Queued, Read, Sending, Sent, Uncertain};

    fn states() -> impl Strategy<Value = MessageState> {
        prop_oneof![
            Just(Queued),
            Just(Sending),
            Just(Uncertain),
            Just(Sent),
            Just(Delivered),
            Just(Read),
            Just(Failed)
        ]
    }

    proptest! {
        #[test]
        fn the_end_does_not_depend_on_the_order_of_the_news(news in prop::collection::vec(states(), 0..8), shift in 0usize..8) {
            let end = |news: &[MessageState]| news.iter().fold(Queued, |state, next| advance(state, *next));
            let mut other = news.clone();
            other.rotate_left(shift % news.len().max(1));
            assert_eq!(end(&news), end(&other));
        }

        #[test]
        fn a_state_never_goes_backwards(current in states(), incoming in states(), later in states()) {
            let next = advance(current, incoming);
            assert!(next == current || advance(next, current) == next);
            assert_eq!(advance(advance(next, later), next), advance(next, later));
        }
    }

    #[test]
    fn a_message_that_failed_on_one_device_and_was_read_on_another_is_read() {
        assert_eq!(advance(Failed, Delivered), Delivered);
        assert_eq!(advance(Delivered, Failed), Delivered);
        assert_eq!(advance(Failed, Read), Read);
        assert_eq!(advance(Failed, Sent), Failed);
        assert_eq!(advance(Uncertain, Failed), Failed);
        assert_eq!(advance(Delivered, Sent), Delivered);
    }
}
