//! Paths: ids are segments of them, whatever they hold.

use std::borrow::Cow;

use super::query::escape;

/// What stands in a path as it is, besides letters and digits.
const PLAIN: &[u8] = b"-_.~:=";

/// An id as one segment of a path: a slash, a question mark or an escape in it leads nowhere else. Only `.`, `..` and nothing at
/// all cannot be escaped: the client refuses them.
pub fn segment(id: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte);
    if id.bytes().all(is_plain) {
        return Cow::Borrowed(id);
    }
    let mut text = String::new();
    escape(id, PLAIN, &mut text);
    Cow::Owned(text)
}

/// Whether a path is made of segments that stay where they are.
pub(crate) fn is_plain(path: &str) -> bool {
    path.split('/').all(is_plain_segment)
}

/// Dots that lead up or nowhere are refused in every spelling, as whoever reads the path may unescape it first.
pub(crate) fn is_plain_segment(segment: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) || byte == b'%';
    let unescaped = segment.replace("%2e", ".").replace("%2E", ".");
    !unescaped.bytes().all(|byte| byte == b'.') && segment.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_segment_whatever_it_holds() {
        assert_eq!(segment("wamid.A-b_c=="), "wamid.A-b_c==");
        assert_eq!(
            segment("1/../2?a=b#c%2e é"),
            "1%2F..%2F2%3Fa=b%23c%252e%20%C3%A9"
        );
        for id in ["1/../me", "..%2f", "1?x", "a b", "%2e%2e"] {
            assert!(is_plain(&segment(id)), "{id}");
        }
        for path in ["", ".", "1/..", "1//2", "1/%2e%2E", "1?x", "1#x", "1 2"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
