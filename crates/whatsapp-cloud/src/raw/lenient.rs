//! JSON that `serde_json` refuses although it is JSON: text cut in the middle of an emoji, which leaves half a surrogate pair, and
//! numbers that no `f64` holds. Neither may cost a message, or turn an answer into a doubt.

use serde::de::DeserializeOwned;

/// Reads JSON as `serde_json` does; if that refuses, half surrogate pairs are U+FFFD and numbers too large are strings.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(json).or_else(|error| {
        let mended = std::str::from_utf8(json).ok().and_then(mend);
        mended.map_or(Err(error), |text| serde_json::from_str(&text))
    })
}

/// The same for text: what is known to be UTF-8 is not looked through again, string by string.
pub(crate) fn read_text<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(json)
        .or_else(|error| mend(json).map_or(Err(error), |text| serde_json::from_str(&text)))
}

/// The same text with what is refused replaced; `None` if there is nothing of the kind.
fn mend(json: &str) -> Option<String> {
    let mut mended = String::new();
    let (mut rest, mut in_string) = (json, false);
    let mut is_mended = false;
    while let Some(first) = rest.chars().next() {
        let (piece, replaced) = match first {
            '"' => {
                in_string = !in_string;
                (1, None)
            }
            '\\' if in_string => escape(rest),
            '-' | '0'..='9' if !in_string => number(rest),
            _ => (first.len_utf8(), None),
        };
        let (piece, after) = rest.split_at_checked(piece)?;
        is_mended |= replaced.is_some();
        mended.push_str(replaced.as_deref().unwrap_or(piece));
        rest = after;
    }
    is_mended.then_some(mended)
}

/// How long the escape at the beginning is, and what stands for it if it is half a pair.
fn escape(text: &str) -> (usize, Option<String>) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    match (unit(0), unit(6)) {
        (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, None),
        (Some(0xD800..=0xDFFF), _) => (6, Some("\\ufffd".to_owned())),
        _ => (2, None),
    }
}

/// How long the number at the beginning is, and what stands for it if it is too large.
fn number(text: &str) -> (usize, Option<String>) {
    let is_part = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
    let length = text.bytes().take_while(|byte| is_part(byte)).count();
    let written = &text[..length];
    let is_too_large = written.parse::<f64>().is_ok_and(f64::is_infinite);
    (length, is_too_large.then(|| format!("\"{written}\"")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    #[test]
    fn text_cut_in_an_emoji_and_numbers_too_large_are_read() {
        let read = |json: &str| read::<Value>(json.as_bytes()).unwrap();
        assert_eq!(
            read(r#"{"a":"cut \ud83d","\udc00":"\ud83d\ude00 \\ud83d","n":[1e999,-1E999,2]}"#),
            json!({"a": "cut \u{fffd}", "\u{fffd}": "\u{1f600} \\ud83d", "n": ["1e999", "-1E999", 2]})
        );
        assert_eq!(read(r#""\ud83d\ud83d\ude00 é""#), "\u{fffd}\u{1f600} é");
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for json in [
            "",
            "{",
            r#""\ud83d"#,
            r#""\ud83""#,
            r#"["\ud83d",]"#,
            "1e999 2",
        ] {
            assert!(read::<Value>(json.as_bytes()).is_err(), "{json}");
        }
    }
}
