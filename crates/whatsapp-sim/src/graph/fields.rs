//! What a call wants to be told: `fields=id,metric.name(X).since(Y),events{id}`.

use serde_json::{Map, Value};

/// One field asked for, with what is chained to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    arguments: Vec<(&'a str, &'a str)>,
}

impl<'a> Field<'a> {
    /// What stands in parentheses behind `.name`.
    pub(super) fn argument(&self, name: &str) -> Option<&'a str> {
        let mut arguments = self.arguments.iter();
        arguments
            .find(|(given, _)| *given == name)
            .map(|(_, value)| *value)
    }

    /// The elements of an argument that is a list: `["DE","FR"]`, or without the quotes.
    pub(super) fn list(&self, name: &str) -> Vec<&'a str> {
        let text = self.argument(name).unwrap_or_default();
        let elements = text.trim_matches(['[', ']']).split(',');
        let plain = elements.map(|element| element.trim().trim_matches(['"', '\'']));
        plain.filter(|element| !element.is_empty()).collect()
    }
}

/// Reads a list of fields. What stands in braces is left out: whole members are told.
pub(super) fn read(text: &str) -> Vec<Field<'_>> {
    top_level(text, ',')
        .into_iter()
        .filter(|field| !field.is_empty())
        .map(field)
        .collect()
}

fn field(text: &str) -> Field<'_> {
    let text = text.split('{').next().unwrap_or(text);
    let mut parts = top_level(text, '.').into_iter();
    let name = parts.next().unwrap_or_default();
    let arguments = parts.filter_map(|part| {
        let (name, value) = part.split_once('(')?;
        Some((name, value.strip_suffix(')')?))
    });
    Field {
        name,
        arguments: arguments.collect(),
    }
}

/// The parts between separators that stand in no brackets.
fn top_level(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_u32, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if character == separator && depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

/// Only the members that were asked for, and the id; all of them where nothing was asked for and no other list stands in.
pub(super) fn choose(
    members: &Map<String, Value>,
    asked: Option<&str>,
    unless_asked: Option<&str>,
) -> Value {
    let Some(wanted) = asked.filter(|asked| !asked.is_empty()).or(unless_asked) else {
        return members.clone().into();
    };
    let wanted = read(wanted);
    let is_wanted = |name: &str| name == "id" || wanted.iter().any(|field| field.name == name);
    let chosen: Map<String, Value> = members
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    chosen.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart_outside_of_brackets() {
        let fields = read("id,analytics.start(1).country_codes([\"DE\",\"FR\"]),events{id,a.b(c)}");
        let names: Vec<_> = fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["id", "analytics", "events"]);
        assert_eq!(fields[1].argument("start"), Some("1"));
        assert_eq!(fields[1].list("country_codes"), ["DE", "FR"]);
        assert_eq!(fields[1].list("dimensions"), Vec::<&str>::new());
        assert_eq!(read(""), []);
    }
}
