//! Lists in pages.
//!
//! <https://developers.facebook.com/docs/graph-api/results>

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::open::{Extra, Text, open_structs};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned", serialize = "T: Serialize"))]
#[non_exhaustive]
pub struct Page<T> {
    /// What is listed.
    #[serde(default)]
    pub data: Vec<T>,
    /// Where this page stands.
    #[serde(default)]
    pub paging: Paging,
    /// Whatever else came along, such as `summary`.
    #[serde(flatten)]
    pub extra: Extra,
}

open_structs! {
    /// Where a page stands in its list.
    Paging {
        cursors: Cursors,
        /// The next page's URL. Never fetched, as it may hold a token: it only tells that there is one.
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
    /// The cursor that the next page comes after; `None` on the last page.
    pub fn next_cursor(&self) -> Option<&str> {
        self.paging.next.get()?;
        let cursor = self.paging.cursors.get()?.after.get()?.as_str();
        (!cursor.is_empty()).then_some(cursor)
    }
}

/// An endpoint that answers a page of a list.
pub trait Paged: Endpoint<Response = Page<Self::Item>> + Clone {
    /// What is listed.
    type Item: Send;

    /// The same call for the page after this cursor.
    #[must_use]
    fn page_after(&self, cursor: &str) -> Self;
}
