//! YAML with the line of every key.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::{Broken, Lines, child, element, insert};

/// Reads a YAML text.
pub(super) fn read(text: &str, lines: &mut Lines) -> Result<Value, Broken> {
    let root: Spanned<Node> = serde_saphyr::from_str(text).map_err(|error| Broken {
        line: error
            .location()
            .and_then(|location| usize::try_from(location.line()).ok()),
        what: "the text is not well-formed: look at indentation, colons, quotes and repeated keys"
            .to_owned(),
    })?;
    value(root, "", lines)
}

fn value(node: Spanned<Node>, path: &str, lines: &mut Lines) -> Result<Value, Broken> {
    let line = usize::try_from(node.referenced.line()).unwrap_or_default();
    if line > 0 {
        lines.note(path, line);
    }
    Ok(match node.value {
        Node::Scalar(scalar) => scalar,
        Node::List(nodes) => {
            let mut list = Vec::with_capacity(nodes.len());
            for (index, node) in nodes.into_iter().enumerate() {
                list.push(value(node, &element(path, index), lines)?);
            }
            Value::Array(list)
        }
        Node::Table(pairs) => {
            let mut table = Map::new();
            for (key, node) in pairs {
                let value = value(node, &child(path, &key), lines)?;
                insert(&mut table, key, value, line)?;
            }
            Value::Object(table)
        }
    })
}

enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Table(Vec<(String, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(Self)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Node, E> {
        Ok(Node::Scalar(truth.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Scalar(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Scalar(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Scalar(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Scalar(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Node::Table(pairs))
    }
}
