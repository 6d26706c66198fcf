//! Whether a document keeps rules: every place a path names, and what is there held against the limit.

use serde_json::Value;

use super::{Limit, Rule, Violation};

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
        // The last three are told by whoever knows the types, the kinds, and the file.
        Limit::Required
        | Limit::Total(..)
        | Limit::Distinct
        | Limit::Shape(_)
        | Limit::Together
        | Limit::Bytes(_) => Ok(()),
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
pub(super) fn count(size: usize) -> f64 {
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
