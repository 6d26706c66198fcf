//! What came in, owned: a whole notification, and one update of it with everything around it that a handler may want.

use std::fmt;

use bytes::Bytes;

use super::activity::Contact;
use super::decode::Decoded;
use super::person::Person;
use super::split::{Error, Payload, check, split};
use super::update::{Fault, Update, UpdateKind};
use crate::id::PhoneNumberId;
use crate::raw::Json;
use crate::time::UnixSeconds;

/// A notification as it came: bytes that are known to be JSON. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    body: Bytes,
}

impl Notification {
    /// Reads a body; fails only if it is no JSON. Whether Meta signed it is not looked at: `Receiver` does.
    pub fn read(body: Bytes) -> Result<Self, Error> {
        check(&body)?;
        Ok(Self { body })
    }

    /// The body, as it was signed.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    #[cfg(feature = "tower")]
    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.body)
    }

    /// Its updates, borrowing from the body.
    pub fn payload(&self) -> Payload<'_> {
        let text = std::str::from_utf8(&self.body).expect("checked when it was read");
        split(text, Json::checked(text))
    }

    /// Its updates, owned and decoded.
    pub fn received(&self) -> Vec<Received> {
        let payload = self.payload();
        let updates = payload.updates().iter();
        updates
            .map(|update| Received::of(update, &self.body))
            .collect()
    }
}

/// Holds people and words: shows its size.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// One update, owned: what it says, and what stood around it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received<T = Decoded> {
    /// The element itself.
    pub element: T,
    /// What it is.
    pub kind: UpdateKind,
    /// The change's `field`; see [`Update::field`].
    pub field: String,
    /// `entry.id`: the business account, for nearly all fields.
    pub entry_id: Option<String>,
    /// The business's number.
    pub phone_number_id: Option<PhoneNumberId>,
    /// When it happened by the element's own timestamp, else `entry.time`.
    pub at: Option<UnixSeconds>,
    /// Who it is from; for statuses, echoes and calls of the business, who it went to.
    pub person: Person<'static>,
    /// The `contacts[]` entry that belongs to it.
    pub contact: Option<Contact>,
    /// [`Key::digest`](super::Key::digest): the same whenever Meta sends this update again.
    pub key: String,
    /// The element's own text, a slice of the body.
    pub raw: Raw,
}

impl Received {
    /// Takes an update out of its body. What nests too deep to be decoded becomes [`Decoded::Other`] of `null`; `raw` has it.
    pub fn of(update: &Update<'_>, body: &Bytes) -> Self {
        Self {
            element: update
                .decode()
                .unwrap_or(Decoded::Other(serde_json::Value::Null)),
            kind: update.kind.clone(),
            field: update.field().to_owned(),
            entry_id: update.entry_id().map(str::to_owned),
            phone_number_id: update.phone_number_id().map(PhoneNumberId::from),
            at: update.timestamp().or(update.entry_time()),
            person: update.head.person.clone().into_owned(),
            contact: update.contact(),
            key: update.key().digest(),
            raw: Raw(body.slice_ref(update.raw.as_bytes())),
        }
    }
}

impl<T> Received<T> {
    /// Why it is malformed, if it is.
    pub fn fault(&self) -> Option<&Fault> {
        match &self.kind {
            UpdateKind::Malformed(fault) => Some(fault),
            _ => None,
        }
    }

    /// The same update with another view of its element.
    pub fn with<U>(self, element: U) -> Received<U> {
        self.exchange(element).1
    }

    /// The element, and the same update with another in its place.
    pub(super) fn exchange<U>(self, other: U) -> (T, Received<U>) {
        let Self {
            element,
            kind,
            field,
            entry_id,
            phone_number_id,
            at,
            person,
            contact,
            key,
            raw,
        } = self;
        let exchanged = Received {
            element: other,
            kind,
            field,
            entry_id,
            phone_number_id,
            at,
            person,
            contact,
            key,
            raw,
        };
        (element, exchanged)
    }
}

/// JSON text in the body it came in. Shares it: while one update is kept, the whole body is.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw(Bytes);

impl Raw {
    /// The text.
    pub fn get(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The bytes, shared with the body.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

/// Holds people and words: shows its size.
impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}
