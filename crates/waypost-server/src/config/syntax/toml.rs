//! TOML with the line of every key.

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Broken, Lines, child, element, line_at};

/// Reads a TOML text.
pub(super) fn read(text: &str, lines: &mut Lines) -> Result<Value, Broken> {
    let root = DeTable::parse(text).map_err(|error| Broken {
        line: error.span().map(|span| line_at(text, span.start)),
        what: error.message().to_owned(),
    })?;
    table(text, root.get_ref(), "", lines)
}

fn table(text: &str, table: &DeTable<'_>, path: &str, lines: &mut Lines) -> Result<Value, Broken> {
    let mut object = Map::new();
    for (key, entry) in table {
        let path = child(path, key.get_ref());
        lines.note(&path, line_at(text, key.span().start));
        object.insert(key.get_ref().to_string(), value(text, entry, &path, lines)?);
    }
    Ok(Value::Object(object))
}

fn value(
    text: &str,
    entry: &Spanned<DeValue<'_>>,
    path: &str,
    lines: &mut Lines,
) -> Result<Value, Broken> {
    let line = line_at(text, entry.span().start);
    let out_of_range = |_| Broken {
        line: Some(line),
        what: "the number is out of range".to_owned(),
    };
    Ok(match entry.get_ref() {
        DeValue::String(string) => Value::String(string.to_string()),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_err(out_of_range)?
            .into(),
        DeValue::Float(float) => Value::from(float.as_str().parse::<f64>().unwrap_or(f64::NAN)),
        DeValue::Array(array) => {
            let mut list = Vec::with_capacity(array.len());
            for (index, entry) in array.iter().enumerate() {
                let path = element(path, index);
                lines.note(&path, line_at(text, entry.span().start));
                list.push(value(text, entry, &path, lines)?);
            }
            Value::Array(list)
        }
        DeValue::Table(inner) => table(text, inner, path, lines)?,
    })
}
