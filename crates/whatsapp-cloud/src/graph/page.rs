//! Lists in pages.
//!
//! <https://developers.facebook.com/docs/graph-api/results>
//!
//! **Invariant:** an element that cannot be read costs no other, and is not lost itself.

use std::borrow::{Borrow, Cow};
use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::Endpoint;
use crate::open::{Extra, Field, Text, open_structs};

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is listed; empty where Meta wrote `null` or nothing.
    pub data: Vec<T>,
    /// What is listed too and is of another shape than this version knows, in order.
    pub odd: Vec<Odd>,
    /// Where this page stands.
    pub paging: Paging,
    /// Whatever else came along, such as `summary`.
    pub extra: Extra,
}

/// An element of a page that is no `T`. It is the source of the error that [`Pages`](crate::client::Pages) gives in its place.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Odd {
    /// Its place among all elements of the page, from 0.
    pub index: usize,
    /// The element as it came.
    pub value: Value,
}

/// It may be personal: shows its place only.
impl fmt::Debug for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Odd")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = self.index;
        write!(f, "element {index} of the page is of another shape")
    }
}

impl std::error::Error for Odd {}

open_structs! {
    /// Where a page stands in its list.
    Paging {
        cursors: Cursors,
        /// The next page's URL. Never fetched, as it may hold a token or lead elsewhere: it tells that there is one, and where the
        /// cursors are missing, after which.
        next: Text,
        previous: Text,
    }

    /// A page's ends.
    Cursors {
        before: Text,
        after: Text,
    }
}

impl<T> Page<T> {
    /// All elements in the order in which Meta lists them.
    pub fn into_elements(self) -> Vec<Result<T, Odd>> {
        in_place(self.data, self.odd)
    }

    /// Whether there is another page.
    pub fn has_next(&self) -> bool {
        self.paging.next.get().is_some()
    }

    /// The cursor that the next page comes after; `None` on the last page, and where Meta does not say.
    pub fn next_cursor(&self) -> Option<Cow<'_, str>> {
        let next = self.paging.next.get()?.as_str();
        let told = self
            .paging
            .cursors
            .get()
            .and_then(|cursors| Some(Cow::Borrowed(cursors.after.get()?.as_str())));
        let linked = || {
            let query = next.split_once('?')?.1.split('#').next()?;
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, _)| name == "after").map(|(_, it)| it)
        };
        told.filter(|cursor| !cursor.is_empty())
            .or_else(linked)
            .filter(|cursor| !cursor.is_empty())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            data: Value,
            #[serde(default)]
            paging: Field<Paging>,
            #[serde(flatten)]
            extra: Extra,
        }
        let answer = Answer::deserialize(deserializer)?;
        let elements = match answer.data {
            Value::Null => Vec::new(),
            Value::Array(elements) => elements,
            // An empty list, as some of Meta's languages write it.
            Value::Object(members) if members.is_empty() => Vec::new(),
            // A list one level deeper than any other.
            Value::Object(mut members) if is_of_groups(&members) => {
                match members.shift_remove("groups") {
                    Some(Value::Array(groups)) => groups,
                    _ => Vec::new(),
                }
            }
            element => vec![element],
        };
        let (mut data, mut odd) = (Vec::with_capacity(elements.len()), Vec::new());
        for (index, value) in elements.into_iter().enumerate() {
            match T::deserialize(&value) {
                Ok(element) => data.push(element),
                Err(_) => odd.push(Odd { index, value }),
            }
        }
        Ok(Self {
            data,
            odd,
            paging: answer.paging.into_option().unwrap_or_default(),
            extra: answer.extra,
        })
    }
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Elements<'a, T>(&'a Page<T>);
        impl<T: Serialize> Serialize for Elements<'_, T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut list = serializer.serialize_seq(None)?;
                for element in in_place(&self.0.data, &self.0.odd) {
                    match element {
                        Ok(element) => list.serialize_element(element)?,
                        Err(odd) => list.serialize_element(&odd.value)?,
                    }
                }
                list.end()
            }
        }

        let mut page = serializer.serialize_map(None)?;
        page.serialize_entry("data", &Elements(self))?;
        page.serialize_entry("paging", &self.paging)?;
        for (name, value) in &self.extra.0 {
            page.serialize_entry(name, value)?;
        }
        page.end()
    }
}

/// `{"groups": [...]}`, as Meta lists a number's groups.
fn is_of_groups(data: &Map<String, Value>) -> bool {
    data.len() == 1 && data.get("groups").is_some_and(Value::is_array)
}

/// Each odd element between those that stood around it.
fn in_place<T, O: Borrow<Odd>>(
    data: impl IntoIterator<Item = T>,
    odd: impl IntoIterator<Item = O>,
) -> Vec<Result<T, O>> {
    let mut all = Vec::new();
    let mut odd = odd.into_iter().peekable();
    for element in data {
        while let Some(odd) = odd.next_if(|odd| odd.borrow().index <= all.len()) {
            all.push(Err(odd));
        }
        all.push(Ok(element));
    }
    all.extend(odd.map(Err));
    all
}

/// An endpoint that answers a page of a list.
pub trait Paged: Endpoint<Response = Page<Self::Item>> + Clone {
    /// What is listed.
    type Item: Send;

    /// The same call for the page after this cursor.
    #[must_use]
    fn page_after(&self, cursor: &str) -> Self;
}
