//! How fast messages may go out: of each number, and to each recipient of it.
//!
//! Meta takes a number of messages a second from one number (80; 1,000 after an upgrade; 20 from one that is shared with the
//! Business app), and to one recipient one every six seconds, of which forty-five may be borrowed from the future. What is
//! faster is refused, with 130429 or 131056, and counts against the number. So the gateway waits by itself, where waiting costs
//! nothing, and when Meta refuses all the same it believes Meta: the number slows down and finds its way back, the pair waits
//! 4^X seconds.
//!
//! **Invariant:** nothing here is stored. After a restart a number begins with its full rate and a pair with nothing owed; if
//! that is too fast, Meta's first refusal restores what was forgotten, and the refused message goes out later.

mod number;
mod pair;

pub use number::NumberPace;
pub use pair::PairPace;

#[cfg(test)]
mod tests;
