//! Callback data: how our own message id travels to Meta and comes back with every status.
//!
//! Meta returns `biz_opaque_callback_data` as it was given. Ours is the outbox id, alone or behind the caller's own data;
//! [`split`] takes it off again before anyone else sees the data.

use crate::id::OutboxId;

/// Stands between the caller's data and our id: U+001F, the unit separator, which no caller has a use for.
pub const SEPARATOR: char = '\u{1f}';

/// Meta's limit, in characters.
pub const MAX_CHARS: usize = 512;

/// The callback data to send: the caller's, with our id behind it. Where both would pass [`MAX_CHARS`] ours is left out.
pub fn join(caller: Option<&str>, id: OutboxId) -> String {
    let Some(caller) = caller.filter(|caller| !caller.is_empty()) else {
        return id.to_string();
    };
    let joined = format!("{caller}{SEPARATOR}{id}");
    if joined.chars().count() > MAX_CHARS {
        caller.to_owned()
    } else {
        joined
    }
}

/// What came back, taken apart: the caller's own data, and our id.
pub fn split(data: &str) -> (Option<&str>, Option<OutboxId>) {
    let (caller, id) = data.rsplit_once(SEPARATOR).unwrap_or(("", data));
    match id.parse() {
        Ok(id) => (Some(caller).filter(|caller| !caller.is_empty()), Some(id)),
        Err(_) => (Some(data).filter(|data| !data.is_empty()), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_id_comes_back_and_the_callers_data_is_untouched() {
        let id = OutboxId(77 << 20);
        assert_eq!(split(&join(None, id)), (None, Some(id)));
        assert_eq!(
            split(&join(Some("order 7"), id)),
            (Some("order 7"), Some(id))
        );
        assert_eq!(split("order 7"), (Some("order 7"), None));
        assert_eq!(split(""), (None, None));
        let odd = format!("a{SEPARATOR}b");
        assert_eq!(split(&join(Some(&odd), id)), (Some(odd.as_str()), Some(id)));
        assert_eq!(split(&odd), (Some(odd.as_str()), None));
    }

    #[test]
    fn a_caller_at_the_limit_keeps_all_of_it() {
        let long = "é".repeat(MAX_CHARS);
        assert_eq!(join(Some(&long), OutboxId(1)), long);
        let fits = "é".repeat(MAX_CHARS - 1 - OutboxId(1).to_string().len());
        assert_eq!(
            split(&join(Some(&fits), OutboxId(1))),
            (Some(fits.as_str()), Some(OutboxId(1)))
        );
    }
}
