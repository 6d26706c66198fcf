//! Long texts, cut where a reader would pause.
//!
//! A piece ends at the last end of a paragraph that fits; else at the last end of a sentence or line; else at the last
//! space; else between two words of a script that writes none between them; else between two graphemes, the signs that
//! readers see as one. Only a grapheme that is itself longer than a piece is cut.
//!
//! Meta says "4,096 characters" and does not say what it counts; here it is Unicode scalar values, which is what the Cloud
//! API's own schema (`maxLength`) counts.
//!
//! **Invariant:** the pieces are the text, but for white space where it was cut, and none is empty or too long.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

/// What a text message holds, in Unicode scalar values.
pub const TEXT_LIMIT: usize = 4096;

/// How far past a piece's end to look for the beginning of what comes next, in bytes.
const LOOK_AHEAD: usize = 256;

/// Cuts a text into pieces of at most `limit` Unicode scalar values (at least one). A text that fits stays as it is; an
/// empty one has no pieces.
pub fn split(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(limit) {
        let cut = cut(rest, end);
        let piece = without_end(&rest[..cut]);
        if !piece.is_empty() {
            pieces.push(piece.to_owned());
        }
        let next = without_break(&rest[piece.len()..]);
        // Only the white space at the head of a sign that is itself too long is cut off alone.
        rest = if next.len() < rest.len() {
            next
        } else {
            &rest[cut..]
        };
    }
    if pieces.is_empty() && !rest.is_empty() || !rest.trim_end().is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

/// Where to cut a text of which `end` bytes fit.
fn cut(text: &str, end: usize) -> usize {
    let mut seen = (end + LOOK_AHEAD).min(text.len());
    while !text.is_char_boundary(seen) {
        seen += 1;
    }
    let near = &text[..seen];
    let fits = |place: &usize| {
        let piece = without_end(&near[..*place]);
        !piece.is_empty() && piece.len() <= end && is_between_graphemes(text, *place)
    };
    let last = |places: &mut dyn Iterator<Item = usize>| places.filter(|place| fits(place)).last();
    let sentences = || near.split_sentence_bound_indices().map(|(start, _)| start);
    let words = || near.split_word_bound_indices().map(|(start, _)| start);
    let space_before = |place: &usize| near[..*place].ends_with(char::is_whitespace);
    last(&mut paragraphs(near))
        .or_else(|| last(&mut sentences()))
        .or_else(|| last(&mut words().filter(space_before)))
        .or_else(|| last(&mut words()))
        .unwrap_or_else(|| between_graphemes(text, end))
}

/// Where paragraphs begin: after line breaks with nothing but white space between them.
fn paragraphs(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices('\n').filter_map(|(at, _)| {
        let before = &text[..at];
        let line = before.rfind('\n').map(|previous| &before[previous..]);
        line.is_some_and(|line| line.trim().is_empty())
            .then_some(at + 1)
    })
}

fn is_between_graphemes(text: &str, place: usize) -> bool {
    GraphemeCursor::new(place, text.len(), true)
        .is_boundary(text, 0)
        .unwrap_or(false)
}

/// The last place between two graphemes up to `end`; `end` itself if there is none.
fn between_graphemes(text: &str, end: usize) -> usize {
    if is_between_graphemes(text, end) {
        return end;
    }
    let before = GraphemeCursor::new(end, text.len(), true).prev_boundary(text, 0);
    before
        .ok()
        .flatten()
        .filter(|place| *place > 0)
        .unwrap_or(end)
}

/// A piece without the white space at its end. White space that is part of a greater sign stays.
fn without_end(piece: &str) -> &str {
    let blank = |sign: &&str| sign.chars().all(char::is_whitespace);
    let blanks = piece.graphemes(true).rev().take_while(blank);
    &piece[..piece.len() - blanks.map(str::len).sum::<usize>()]
}

/// What follows a piece, without the white space of the cut: blank lines go, the next line's indentation stays.
fn without_break(rest: &str) -> &str {
    let blank = |sign: &&str| sign.chars().all(char::is_whitespace);
    let blanks = rest.graphemes(true).take_while(blank).map(str::len).sum();
    match rest[..blanks].rfind('\n') {
        Some(at) => &rest[at + 1..],
        None => &rest[blanks..],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn graphemes_cut(text: &str, pieces: &[String]) -> bool {
        let ends: Vec<usize> = text
            .grapheme_indices(true)
            .map(|(start, _)| start)
            .chain([text.len()])
            .collect();
        let mut at = 0;
        for piece in pieces {
            let found = at
                + text[at..]
                    .find(piece.as_str())
                    .expect("a piece of the text");
            at = found + piece.len();
            if ends.binary_search(&found).is_err() || ends.binary_search(&at).is_err() {
                return true;
            }
        }
        false
    }

    fn without_space(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    #[test]
    fn paragraphs_stay_whole_then_sentences_then_words() {
        assert_eq!(
            split("One.\n\nTwo. Three.\n\nFour.", 18),
            ["One.\n\nTwo. Three.", "Four."]
        );
        assert_eq!(
            split("One two. Three four. Five.", 21),
            ["One two. Three four.", "Five."]
        );
        assert_eq!(split("one two three four", 10), ["one two", "three four"]);
        assert_eq!(
            split("first line\nsecond line", 15),
            ["first line", "second line"]
        );
    }

    #[test]
    fn what_fits_is_left_alone() {
        assert_eq!(split("  as it is \n\n", 13), ["  as it is \n\n"]);
        assert_eq!(split("", 10), Vec::<String>::new());
        assert_eq!(split(&"é".repeat(TEXT_LIMIT), TEXT_LIMIT).len(), 1);
        assert_eq!(split(&"é".repeat(TEXT_LIMIT + 1), TEXT_LIMIT).len(), 2);
    }

    #[test]
    fn a_sign_is_never_cut() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(split(&family.repeat(3), 8), [family; 3]);
        assert_eq!(
            split(&family.repeat(3), 14),
            [family.repeat(2), family.to_owned()]
        );
        // Unless it alone is longer than a piece.
        assert_eq!(split(family, 4).concat(), family);
        assert_eq!(split("\u{301}".repeat(10).as_str(), 4).len(), 3);
    }

    #[test]
    fn a_script_without_spaces_is_cut_between_its_words() {
        let text = "今日は良い天気です".repeat(3);
        let pieces = split(&text, 10);
        assert_eq!(pieces.concat(), text);
        assert!(pieces.iter().all(|piece| piece.chars().count() <= 10));
    }

    #[test]
    fn indentation_survives_a_cut() {
        assert_eq!(
            split("def f():\n\n    return 1", 14),
            ["def f():", "    return 1"]
        );
    }

    fn texts() -> impl Strategy<Value = String> {
        let bits = prop_oneof![
            Just(" "),
            Just("\n"),
            Just("\n\n"),
            Just("\r\n"),
            Just("\t"),
            Just(". "),
            Just("! "),
            Just("word"),
            Just("and"),
            Just("é"),
            Just("e\u{301}"),
            Just("👨‍👩‍👧‍👦"),
            Just("🇩🇪"),
            Just("한국어"),
            Just("नमस्ते"),
            Just("天気"),
            Just("\u{200d}"),
            Just("\u{600}1"),
            Just("a,b"),
            Just("don't"),
            Just("...")
        ];
        prop_oneof![
            proptest::collection::vec(bits, 0..200).prop_map(|bits| bits.concat()),
            any::<String>()
        ]
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_white_space_at_cuts(text in texts(), limit in 1usize..60) {
            let pieces = split(&text, limit);
            prop_assert!(pieces.iter().all(|piece| !piece.is_empty() && piece.chars().count() <= limit));
            prop_assert_eq!(without_space(&pieces.concat()), without_space(&text));
            // In order, and with the white space within each piece untouched.
            let mut at = 0;
            for piece in &pieces {
                let found = text[at..].find(piece.as_str());
                prop_assert!(found.is_some_and(|found| text[at..at + found].trim().is_empty()));
                at += found.unwrap_or(0) + piece.len();
            }
            let longest = text.graphemes(true).map(|sign| sign.chars().count()).max().unwrap_or(0);
            if longest <= limit {
                prop_assert!(!graphemes_cut(&text, &pieces));
            }
        }
    }
}
