//! Limits as data, and what it means to keep them: a path, what may stand there, and how much of it.
//!
//! A [`Rule`]'s path names members by `.` and every element of a list by `[]`: `interactive.action.buttons[].reply.title`. It
//! says something about what is there, which `null` is not; only [`Limit::Required`] minds what is not. Rules that apply together
//! are a [`Table`].
//!
//! Characters are Unicode scalar values, as Meta's tables do not say otherwise.
//!
//! **Invariant:** a violation says where and how much, never what: it can be logged and shown.

mod calls;
mod check;

use std::fmt;

pub(crate) use calls::{GROUP as GROUP_RULES, violations_of_body};
pub use calls::{TABLES as CALL_TABLES, violations_of};
pub(crate) use check::add_untold;
pub use check::check;

/// One thing Meta asks of one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Where.
    pub path: &'static str,
    /// What.
    pub limit: Limit,
}

pub(crate) const fn rule(path: &'static str, limit: Limit) -> Rule {
    Rule { path, limit }
}

/// Rules that apply together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    /// What they are about, such as `interactive/list`.
    pub about: &'static str,
    /// The rules.
    pub rules: &'static [Rule],
}

/// What may stand in a place.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Limit {
    /// It must be there.
    Required,
    /// It must not be there.
    Forbidden,
    /// A text of this many characters.
    Chars(usize, usize),
    /// A list of this many elements.
    Items(usize, usize),
    /// A file of at most this many bytes.
    Bytes(u64),
    /// This many of them in the whole message.
    Total(usize, usize),
    /// A number, also written as text, from one to another.
    Range(f64, f64),
    /// A text with at most this many line breaks.
    LineBreaks(usize),
    /// One of these words, in either case.
    OneOf(&'static [&'static str]),
    /// An object with exactly one of these members; an empty text is none.
    ExactlyOne(&'static [&'static str]),
    /// An object with at least one of these members.
    AnyOf(&'static [&'static str]),
    /// So many of the digits 0 to 9.
    Digits(usize),
    /// Lower-case letters, digits and underscores.
    SnakeCase,
    /// Lower-case letters, digits, underscores and dots.
    Username,
    /// An HTTP or HTTPS address.
    Url,
    /// A text with a variable nowhere but at its end.
    VariableAtEnd,
    /// Elements of a kind that have none of another between them.
    Together,
    /// No two of them alike.
    Distinct,
    /// A value of this kind, in words: `a text`.
    Shape(&'static str),
}

/// That the file under this name has more bytes than Meta takes, if it has.
pub(crate) fn too_large(path: &str, bytes: u64, max_bytes: u64) -> Option<Violation> {
    (bytes > max_bytes).then(|| Violation {
        path: path.to_owned(),
        limit: Limit::Bytes(max_bytes),
        size: Some(check::count(usize::try_from(bytes).unwrap_or(usize::MAX))),
    })
}

/// A place where a limit is not kept.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Violation {
    /// Where, as the message has it: `interactive.action.buttons[3].reply.title`.
    pub path: String,
    /// What is asked of it.
    pub limit: Limit,
    /// The size of what is there, in the limit's unit: characters, elements, line breaks, the number itself, or how many of
    /// the members; `None` where it is missing or no size can be told.
    pub size: Option<f64>,
}

/// `text.body: at most 4,096 characters, has 5000`.
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.limit)?;
        match (self.limit, self.size) {
            (Limit::Required | Limit::Forbidden | Limit::Distinct, _) | (_, None) => Ok(()),
            (_, Some(size)) => write!(f, ", has {size}"),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between =
            |f: &mut fmt::Formatter<'_>, min: usize, max: usize, what: &str| match (min, max) {
                (0, _) => write!(f, "at most {max} {what}"),
                (_, usize::MAX) => write!(f, "at least {min} {what}"),
                _ => write!(f, "{min} to {max} {what}"),
            };
        match self {
            Self::Required => f.write_str("is missing"),
            Self::Forbidden => f.write_str("must not be there"),
            Self::Chars(min, max) => between(f, *min, *max, "characters"),
            Self::Items(min, max) => between(f, *min, *max, "elements"),
            Self::Bytes(max) => write!(f, "at most {max} bytes"),
            Self::Total(min, max) => between(f, *min, *max, "together"),
            Self::Range(min, max) => write!(f, "a number from {min} to {max}"),
            Self::LineBreaks(max) => write!(f, "at most {max} line breaks"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::ExactlyOne(members) => write!(f, "exactly one of {}", members.join(", ")),
            Self::AnyOf(members) => write!(f, "at least one of {}", members.join(", ")),
            Self::Digits(count) => write!(f, "{count} digits"),
            Self::SnakeCase => f.write_str("lower-case letters, digits and underscores only"),
            Self::Username => f.write_str("lower-case letters, digits, underscores and dots only"),
            Self::VariableAtEnd => f.write_str("a variable only at its end"),
            Self::Together => f.write_str("stand together"),
            Self::Url => f.write_str("an address that begins with http:// or https://"),
            Self::Distinct => f.write_str("is there twice"),
            Self::Shape(kind) => f.write_str(kind),
        }
    }
}

/// A document that Meta would refuse, with every reason that can be known beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    /// At least one.
    pub violations: Vec<Violation>,
}

impl Invalid {
    /// Nothing, or everything that is wrong.
    pub fn unless_empty(violations: Vec<Violation>) -> Result<(), Self> {
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Self { violations })
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, violation) in self.violations.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn violations(document: &Value, path: &'static str, limit: Limit) -> Vec<String> {
        let mut found = Vec::new();
        check(document, &[Rule { path, limit }], &mut found);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_violation_names_the_place_the_limit_and_the_size() {
        let document = json!({"a": [{"b": "ok"}, {"b": "überlang"}, {"b": 12345}, {"b": []}, {}]});
        assert_eq!(
            violations(&document, "a[].b", Limit::Chars(0, 4)),
            [
                "a[1].b: at most 4 characters, has 8",
                "a[2].b: at most 4 characters, has 5",
                "a[3].b: at most 4 characters",
            ]
        );
        assert_eq!(
            violations(&document, "a[].b", Limit::Required),
            ["a[4].b: is missing"]
        );
        assert_eq!(
            violations(&document, "a", Limit::Items(1, 3)),
            ["a: 1 to 3 elements, has 5"]
        );
        assert_eq!(
            violations(&document, "c.d", Limit::Required),
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_is_counted_together_is_counted_over_all_lists() {
        let document = json!({"s": [{"r": [{"id": "a"}, {"id": "b"}]}, {"r": [{"id": "a"}]}]});
        assert_eq!(
            violations(&document, "s[].r[]", Limit::Total(1, 2)),
            ["s[].r[]: 1 to 2 together, has 3"]
        );
        assert_eq!(
            violations(&document, "s[].r[].id", Limit::Distinct),
            ["s[1].r[0].id: is there twice"]
        );
    }

    /// A document with this at the end of a path.
    fn document(path: &str, leaf: &Value) -> Value {
        let Some(at) = path.rfind(['.', '[']) else {
            return json!({path: leaf});
        };
        let (before, last) = path.split_at(at);
        match last.strip_prefix('.') {
            Some(member) => document(before, &json!({member: leaf})),
            None => document(before, &json!([leaf])),
        }
    }

    #[test]
    fn every_size_of_every_table_is_kept_up_to_its_limit_and_not_one_further() {
        use crate::message::limits::{FRAME, GROUP, INTERACTIVE_TABLES, TABLES};
        let of_tables = [
            TABLES,
            INTERACTIVE_TABLES,
            crate::template::limits::TABLES,
            CALL_TABLES,
        ];
        let of_tables = of_tables
            .into_iter()
            .flatten()
            .flat_map(|table| table.rules);
        let list = |size: usize| json!((0..size).collect::<Vec<_>>());
        let mut sizes = 0;
        for rule in of_tables.chain(FRAME).chain(GROUP) {
            // What is one below, at and one above either end.
            let around = |min: usize, max: usize, leaf: &dyn Fn(usize) -> Value| {
                let mut cases = vec![(leaf(min), true)];
                cases.extend(min.checked_sub(1).map(|below| (leaf(below), false)));
                if max != usize::MAX {
                    cases.extend([(leaf(max), true), (leaf(max + 1), false)]);
                }
                cases
            };
            let path = rule.path.strip_suffix("[]").unwrap_or(rule.path);
            let (path, cases) = match rule.limit {
                // Characters, whatever they are written with: these are two bytes each.
                Limit::Chars(min, max) => {
                    (rule.path, around(min, max, &|size| "ä".repeat(size).into()))
                }
                Limit::Items(min, max) => (rule.path, around(min, max, &list)),
                Limit::Total(min, max) => (path, around(min, max, &list)),
                Limit::LineBreaks(max) => {
                    (rule.path, around(0, max, &|size| "\n".repeat(size).into()))
                }
                Limit::Range(min, max) => {
                    let ends = [
                        (min, true),
                        (max, true),
                        (min - 1.0, false),
                        (max + 1.0, false),
                    ];
                    let as_text = ends.map(|(end, keeps)| (end.to_string().into(), keeps));
                    let ends = ends.map(|(end, keeps)| (json!(end), keeps));
                    (rule.path, [ends, as_text].concat())
                }
                _ => continue,
            };
            sizes += 1;
            for (leaf, keeps) in cases {
                let mut found = Vec::new();
                check(&document(path, &leaf), [rule], &mut found);
                assert_eq!(
                    found.is_empty(),
                    keeps,
                    "{} {:?}: {found:?}",
                    rule.path,
                    rule.limit
                );
            }
        }
        assert!(sizes > 60, "{sizes}");
    }

    #[test]
    fn what_null_is_at_is_not_there() {
        let document = json!({"a": null, "b": {"c": null, "d": 1}});
        assert_eq!(violations(&document, "a", Limit::Chars(1, 2)), [""; 0]);
        assert_eq!(
            violations(&document, "a", Limit::Required),
            ["a: is missing"]
        );
        assert_eq!(violations(&document, "a", Limit::Forbidden), [""; 0]);
        assert_eq!(
            violations(&document, "b", Limit::ExactlyOne(&["c", "d"])),
            [""; 0]
        );
    }

    #[test]
    fn words_of_a_kind_are_kept_letter_by_letter() {
        let told = |limit, text: &str| violations(&json!({"a": text}), "a", limit).len();
        for (limit, good, bad) in [
            (Limit::Username, ["lias.flowers_9", "..."], ["Lia", "lia-s"]),
            (Limit::SnakeCase, ["order_9", "_"], ["order.9", "größe"]),
            (
                Limit::Digits(6),
                ["012345", "999999"],
                ["abcdef", "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}"],
            ),
            (
                Limit::Url,
                ["HTTPS://example.com", "Http://a"],
                ["ftp://example.com", "HTTPS://"],
            ),
            (
                Limit::VariableAtEnd,
                ["https://a.b/{{1}}", "https://a.b/"],
                ["https://a.b/{{1}}/c", "https://{{1}}.b/{{2}}"],
            ),
        ] {
            assert_eq!(good.map(|text| told(limit, text)), [0, 0], "{limit}");
            assert_eq!(bad.map(|text| told(limit, text)), [1, 1], "{limit}");
        }
    }
}
