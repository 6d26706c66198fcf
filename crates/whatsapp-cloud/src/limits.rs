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

use std::fmt;

use serde_json::Value;

pub use calls::{TABLES as CALL_TABLES, violations_of};

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

/// Every place of a document where a rule is not kept, in the order of the rules.
pub fn check<'a>(
    document: &Value,
    rules: impl IntoIterator<Item = &'a Rule>,
    into: &mut Vec<Violation>,
) {
    for rule in rules {
        let mut places = Vec::new();
        find(document, rule.path, String::new(), &mut places);
        match rule.limit {
            Limit::Total(min, max) => {
                let total = places.iter().filter(|(_, value)| value.is_some()).count();
                if !(min..=max).contains(&total) {
                    into.push(violation(
                        rule.path.to_owned(),
                        rule.limit,
                        Some(count(total)),
                    ));
                }
            }
            Limit::Distinct => {
                for (place, (path, value)) in places.iter().enumerate() {
                    let earlier = places[..place].iter();
                    if value.is_some() && earlier.into_iter().any(|(_, earlier)| earlier == value) {
                        into.push(violation(path.clone(), rule.limit, None));
                    }
                }
            }
            _ => {
                for (path, value) in places {
                    if let Err(size) = keeps(value, rule.limit) {
                        into.push(violation(path, rule.limit, size));
                    }
                }
            }
        }
    }
}

fn violation(path: String, limit: Limit, size: Option<f64>) -> Violation {
    Violation { path, limit, size }
}

/// Whether a value keeps a limit; if not, its size.
fn keeps(value: Option<&Value>, limit: Limit) -> Result<(), Option<f64>> {
    let Some(value) = value else {
        return if limit == Limit::Required {
            Err(None)
        } else {
            Ok(())
        };
    };
    let within = |size: usize, min: usize, max: usize| {
        if (min..=max).contains(&size) {
            Ok(())
        } else {
            Err(Some(count(size)))
        }
    };
    // Numbers count as their digits: Meta reads ids and the like in either way.
    let digits;
    let text = match value {
        Value::String(text) => Some(text.as_str()),
        Value::Number(number) => {
            digits = number.to_string();
            Some(digits.as_str())
        }
        _ => None,
    };
    let only = |keeps: bool| if keeps { Ok(()) } else { Err(None) };
    match limit {
        // The last two are told by whoever knows the types, and the kinds.
        Limit::Required
        | Limit::Total(..)
        | Limit::Distinct
        | Limit::Shape(_)
        | Limit::Together => Ok(()),
        Limit::Forbidden => Err(None),
        Limit::Chars(min, max) => within(text.ok_or(None)?.chars().count(), min, max),
        Limit::Items(min, max) => within(value.as_array().ok_or(None)?.len(), min, max),
        Limit::Digits(count) => {
            let text = text.ok_or(None)?;
            only(text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Limit::LineBreaks(max) => within(text.ok_or(None)?.matches('\n').count(), 0, max),
        Limit::Range(min, max) => {
            let number: f64 = text.ok_or(None)?.trim().parse().map_err(|_| None)?;
            if (min..=max).contains(&number) {
                Ok(())
            } else {
                Err(Some(number))
            }
        }
        Limit::OneOf(words) => {
            let text = text.ok_or(None)?;
            only(words.iter().any(|word| word.eq_ignore_ascii_case(text)))
        }
        Limit::ExactlyOne(members) => {
            let is_said = |value: &Value| !value.is_null() && value != "";
            within(present(value, members, is_said).ok_or(None)?, 1, 1)
        }
        Limit::AnyOf(members) => {
            let is_there = |value: &Value| !value.is_null();
            within(
                present(value, members, is_there).ok_or(None)?,
                1,
                members.len(),
            )
        }
        Limit::SnakeCase | Limit::Username => only(text.is_some_and(|text| {
            text.bytes().all(|byte| match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'_' => true,
                b'.' => limit == Limit::Username,
                _ => false,
            })
        })),
        Limit::VariableAtEnd => only(text.is_some_and(|text| {
            text.split_once("{{")
                .is_none_or(|(_, rest)| rest.find("}}").is_none_or(|end| end + 2 == rest.len()))
        })),
        Limit::Url => only(text.is_some_and(|text| {
            // Schemes are the same in either case.
            text.split_once("://").is_some_and(|(scheme, rest)| {
                let is_web = |web| scheme.eq_ignore_ascii_case(web);
                (is_web("http") || is_web("https")) && !rest.is_empty()
            })
        })),
    }
}

/// More of them, but for places of which something was told already.
pub(crate) fn add_untold(found: &mut Vec<Violation>, more: Vec<Violation>) {
    for violation in more {
        if found.iter().all(|told| told.path != violation.path) {
            found.push(violation);
        }
    }
}

fn present(value: &Value, members: &[&str], counts: fn(&Value) -> bool) -> Option<usize> {
    let object = value.as_object()?;
    let present = members
        .iter()
        .filter(|member| object.get(**member).is_some_and(counts));
    Some(present.count())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no message has 2^52 of anything"
)]
fn count(size: usize) -> f64 {
    size as f64
}

/// Every place a path names, with what is there: nothing only at the path's end.
fn find<'v>(
    value: &'v Value,
    path: &str,
    at: String,
    places: &mut Vec<(String, Option<&'v Value>)>,
) {
    if path.is_empty() {
        places.push((at, (!value.is_null()).then_some(value)));
        return;
    }
    if let Some(rest) = path.strip_prefix("[]") {
        let elements = value.as_array().map_or(&[][..], Vec::as_slice);
        for (index, element) in elements.iter().enumerate() {
            find(element, rest, format!("{at}[{index}]"), places);
        }
        return;
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (member, rest) = path.split_at(end);
    let at = if at.is_empty() {
        member.to_owned()
    } else {
        format!("{at}.{member}")
    };
    let found = value.as_object().and_then(|object| object.get(member));
    match found.filter(|value| !value.is_null()) {
        Some(value) => find(value, rest, at, places),
        None if rest.is_empty() && value.is_object() => places.push((at, None)),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
