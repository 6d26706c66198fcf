//! Where every bracket of a text closes.

use super::scan::quote_or_escape;
use super::{Json, List, Object, Scan};

/// The most brackets an outline remembers; past them, ends are looked for.
const MAX_BRACKETS: usize = 1 << 18;

/// Where the brackets of a text close, found in one pass: splitting a text level by level would otherwise look for the end
/// of what is nested again at every level.
#[derive(Debug)]
pub struct Outline<'a> {
    text: &'a str,
    /// Where each bracket opens and how long it is with all that is in it, in the order of opening.
    brackets: Vec<(u32, u32)>,
}

impl<'a> Outline<'a> {
    /// The outline of a text.
    pub fn of(json: Json<'a>) -> Self {
        let text = json.get();
        let bytes = text.as_bytes();
        let mut brackets: Vec<(u32, u32)> = Vec::with_capacity(32);
        // Places in `brackets` of those that are open.
        let mut open: Vec<usize> = Vec::with_capacity(16);
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    at += 1;
                    while let Some(found) = bytes.get(at..).and_then(quote_or_escape) {
                        at += found;
                        if bytes[at] == b'"' {
                            break;
                        }
                        at += 2;
                    }
                }
                b'{' | b'[' => {
                    let Ok(start) = u32::try_from(at) else { break };
                    if brackets.len() == MAX_BRACKETS {
                        break;
                    }
                    open.push(brackets.len());
                    // Open to the end, until it closes.
                    brackets.push((start, 0));
                }
                b'}' | b']' => {
                    if let Some(place) = open.pop() {
                        let bracket = &mut brackets[place];
                        bracket.1 = u32::try_from(at + 1).unwrap_or(0).saturating_sub(bracket.0);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Self { text, brackets }
    }

    /// [`Object::read`], for a part of the text.
    pub fn object(&self, json: Json<'a>) -> Option<Object<'a>> {
        Object::scan(Scan::inside(json.get(), b'{')?.with(self))
    }

    /// [`List::read`], for a part of the text.
    pub fn list(&self, json: Json<'a>) -> Option<List<'a>> {
        match Scan::inside(json.get(), b'[') {
            Some(scan) => List::scan(scan.with(self)),
            None => List::read(json),
        }
    }

    /// How long the bracket is with which this rest of a part begins; `None` if that is not known.
    pub(super) fn length(&self, rest: &str) -> Option<usize> {
        let start = (rest.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        let start = u32::try_from(start).ok()?;
        let place = self
            .brackets
            .binary_search_by_key(&start, |bracket| bracket.0)
            .ok()?;
        let length = self.brackets[place].1 as usize;
        (0 < length && length <= rest.len()).then_some(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy as _, any, prop, prop_oneof, proptest};
    use serde_json::Value;

    use super::*;

    fn value() -> impl proptest::strategy::Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c\"\\\\{}\\[\\] ,:é]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-c\"\\\\{}]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::from(serde_json::Map::from_iter(map))),
            ]
        })
    }

    fn check(outline: &Outline<'_>, json: Json<'_>, value: &Value) {
        match value {
            Value::Object(map) => {
                let object = outline.object(json).unwrap();
                assert_eq!(object.members().len(), map.len());
                for (key, value) in map {
                    let member = object
                        .members()
                        .iter()
                        .find(|member| member.is(key))
                        .unwrap();
                    check(outline, member.value, value);
                }
            }
            Value::Array(elements) => {
                let list = outline.list(json).unwrap();
                assert_eq!(list.elements().len(), elements.len());
                for (json, value) in list.elements().iter().zip(elements) {
                    check(outline, *json, value);
                }
            }
            scalar => assert_eq!(&serde_json::from_str::<Value>(json.get()).unwrap(), scalar),
        }
    }

    proptest! {
        #[test]
        fn every_part_of_every_document_is_found(value in value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let json = Json::parse(&text).unwrap();
            check(&Outline::of(json), json, &value);
            // The same without one: of another text, it knows nothing.
            check(&Outline::of(Json::NULL), json, &value);
        }
    }
}
