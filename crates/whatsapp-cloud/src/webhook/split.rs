//! A body, split into its updates.
//!
//! Each level is split once, by borrowing; only what routing needs is decoded. Lists are looked for only in the fields
//! that have them, so that a field of tomorrow stays whole.

mod value;

use std::fmt;
use std::sync::Arc;

use super::layout::{self, field};
use super::person::{Contacts, handle};
use super::update::{EntryFrame, Fault, Frame, Head, Place, Update, UpdateKind};
use crate::raw::{Json, List, MAX_PARTS, Member, Object, Outline};

/// Every update carries its surroundings; this is the most of them that one body may have repeated, in bytes. Honest
/// notifications stay far below: it is there because a megabyte of unknown siblings beside a thousand messages would
/// otherwise become a gigabyte.
pub const MAX_REPEATED_BYTES: usize = 64 << 20;

/// Why a body is no JSON text. Says where, never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The body is not UTF-8.
    NotUtf8 {
        /// Bytes before the first that is not.
        at: usize,
    },
    /// The body is not JSON.
    NotJson {
        /// Line, from 1.
        line: usize,
        /// Byte in the line, from 1.
        column: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { at } => write!(f, "the body is not UTF-8 at byte {at}"),
            Self::NotJson { line, column } => {
                write!(f, "the body is not JSON at line {line}, column {column}")
            }
        }
    }
}

impl std::error::Error for Error {}

/// A webhook's body, split.
#[derive(Debug, Clone)]
pub struct Payload<'a> {
    updates: Vec<Update<'a>>,
}

impl<'a> Payload<'a> {
    /// Every update, in the order of the body. At least one, at most [`MAX_PARTS`].
    pub fn updates(&self) -> &[Update<'a>] {
        &self.updates
    }

    /// Every update, owned.
    pub fn into_updates(self) -> Vec<Update<'a>> {
        self.updates
    }
}

/// Splits a body into its updates. Fails only if it is not JSON at all.
///
/// A body that is JSON and no notification, holds more than [`MAX_PARTS`] parts, or would repeat more than
/// [`MAX_REPEATED_BYTES`] of surroundings is one malformed update that holds it all.
pub fn parse(body: &[u8]) -> Result<Payload<'_>, Error> {
    let (text, json) = check(body)?;
    Ok(split(text, json))
}

/// The body's text, and what of it is JSON.
pub(super) fn check(body: &[u8]) -> Result<(&str, Json<'_>), Error> {
    let text = std::str::from_utf8(body).map_err(|error| Error::NotUtf8 {
        at: error.valid_up_to(),
    })?;
    let json = Json::parse(text).map_err(|error| Error::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    Ok((text, json))
}

/// Splits what was checked.
pub(super) fn split<'a>(text: &'a str, json: Json<'a>) -> Payload<'a> {
    let mut splitter = Splitter {
        outline: Outline::of(json),
        updates: Vec::new(),
        repeated: 0,
    };
    let outcome = if json.get().starts_with('[') {
        splitter
            .outline
            .list(json)
            .ok_or(Stopped("no notification"))
            .and_then(|list| splitter.batch(&list))
    } else {
        splitter
            .outline
            .object(json)
            .ok_or(Stopped("no notification"))
            .and_then(|top| splitter.notification(text, "", top))
    };
    if let Err(Stopped(reason)) = outcome {
        splitter.updates = vec![whole(text, "", reason)];
    }
    Payload {
        updates: splitter.updates,
    }
}

/// Splitting stops, and the body stays whole.
struct Stopped(&'static str);

type Split = Result<(), Stopped>;

struct Splitter<'a> {
    outline: Outline<'a>,
    updates: Vec<Update<'a>>,
    repeated: usize,
}

impl<'a> Splitter<'a> {
    fn push(&mut self, update: Update<'a>, surroundings: usize) -> Split {
        self.repeated += surroundings;
        if self.updates.len() == MAX_PARTS {
            return Err(Stopped("too many parts"));
        }
        if self.repeated > MAX_REPEATED_BYTES {
            return Err(Stopped("too much to repeat with every part"));
        }
        self.updates.push(update);
        Ok(())
    }

    fn batch(&mut self, list: &List<'a>) -> Split {
        if list.elements().is_empty() {
            return Err(Stopped("no notification"));
        }
        for (i, &json) in list.elements().iter().enumerate() {
            match self.outline.object(json) {
                Some(top) => self.notification(json.get(), &format!("[{i}]."), top)?,
                None => self.push(whole(json.get(), &format!("[{i}]"), "no notification"), 0)?,
            }
        }
        Ok(())
    }

    /// One notification. One that is none is malformed as a whole, and in a batch costs the others nothing.
    fn notification(&mut self, text: &'a str, root: &str, top: Object<'a>) -> Split {
        let fault = |reason| whole(text, &format!("{root}entry"), reason);
        let entries = match top.get("entry") {
            None => return self.push(fault("is missing"), 0),
            Some(_) if top.repeats("entry") => return self.push(fault("occurs twice"), 0),
            Some(json) => json,
        };
        let Some(entries) = self.outline.list(entries) else {
            return self.push(fault("is no list, or too long"), 0);
        };
        if entries.elements().is_empty() {
            return self.push(fault("is empty"), 0);
        }
        let top = Arc::new(top);
        for (i, &json) in entries.elements().iter().enumerate() {
            self.entry(&top, EntryPath { root, entry: i }, json)?;
        }
        Ok(())
    }

    fn entry(&mut self, top: &Arc<Object<'a>>, path: EntryPath<'_>, json: Json<'a>) -> Split {
        let object = self.outline.object(json);
        let is_object = object.is_some();
        let object = object.unwrap_or_default();
        let entry = Arc::new(EntryFrame {
            top: Arc::clone(top),
            id: handle(&object, "id"),
            time: handle(&object, "time"),
            object,
        });
        let around = size_without(top, &["entry"]);
        let update = |kind| Update {
            kind,
            head: Head::default(),
            raw: json.get(),
            place: Place::Entry {
                entry: Arc::clone(&entry),
            },
        };
        let fault = |path: String, reason| update(UpdateKind::Malformed(Fault { path, reason }));
        if !is_object {
            return self.push(fault(path.to_string(), "is no object"), around);
        }
        let Some(changes) = entry.object.get("changes") else {
            return self.push(update(UpdateKind::Entry), around);
        };
        let changes = match self.outline.list(changes) {
            _ if entry.object.repeats("changes") => Err("occurs twice"),
            None => Err("is no list, or too long"),
            Some(changes) if changes.elements().is_empty() => Err("is empty"),
            Some(changes) => Ok(changes),
        };
        let changes = match changes {
            Ok(changes) => changes,
            Err(reason) => return self.push(fault(format!("{path}.changes"), reason), around),
        };
        let around = around + size_without(&entry.object, &["changes"]);
        for (i, &json) in changes.elements().iter().enumerate() {
            let path = ChangePath {
                entry: path,
                change: i,
            };
            self.change(&entry, path, json, around)?;
        }
        Ok(())
    }

    fn change(
        &mut self,
        entry: &Arc<EntryFrame<'a>>,
        path: ChangePath<'_>,
        json: Json<'a>,
        surroundings: usize,
    ) -> Split {
        let (change, text, value) = match self.parts_of_change(path, json) {
            Ok(parts) => parts,
            Err((path, reason)) => {
                let place = Place::Change {
                    entry: Arc::clone(entry),
                };
                return self.push(malformed(json.get(), place, path, reason), surroundings);
            }
        };
        let surroundings = surroundings + size_without(&change, &["value"]);
        let metadata = value.object("metadata").unwrap_or_default();
        let contacts = value.get("contacts").map(Contacts::read);
        // An entry that names nobody says whose it is only where there is one element.
        let contacts =
            contacts.filter(|contacts| !contacts.name_nobody() || !layout::has_many(&value));
        let frame = Arc::new(Frame {
            field: field(entry, &change, &value),
            phone_number_id: handle(&metadata, "phone_number_id"),
            display_phone_number: handle(&metadata, "display_phone_number"),
            contacts: contacts.unwrap_or_default(),
            entry: Arc::clone(entry),
            change,
            value,
        });
        self.value(&frame, path, text, surroundings)
    }

    /// A change, its value's text, and its value; or where it makes no sense, and why.
    fn parts_of_change(
        &self,
        path: ChangePath<'_>,
        json: Json<'a>,
    ) -> Result<(Object<'a>, &'a str, Object<'a>), (String, &'static str)> {
        let change = self
            .outline
            .object(json)
            .ok_or_else(|| (path.to_string(), "is no object"))?;
        if change.repeats("value") || change.repeats("field") {
            return Err((path.to_string(), "repeats a key"));
        }
        let at_value = |reason| (format!("{path}.value"), reason);
        let json = change.get("value").ok_or_else(|| at_value("is missing"))?;
        let value = self
            .outline
            .object(json)
            .ok_or_else(|| at_value("is no object, or too long"))?;
        Ok((change, json.get(), value))
    }
}

/// Where an entry stands; written out only when something is wrong with it, as what stands in it is.
#[derive(Clone, Copy)]
struct EntryPath<'p> {
    root: &'p str,
    entry: usize,
}

impl fmt::Display for EntryPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}entry[{}]", self.root, self.entry)
    }
}

#[derive(Clone, Copy)]
struct ChangePath<'p> {
    entry: EntryPath<'p>,
    change: usize,
}

impl fmt::Display for ChangePath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.changes[{}]", self.entry, self.change)
    }
}

fn whole<'a>(text: &'a str, path: &str, reason: &'static str) -> Update<'a> {
    malformed(text, Place::Whole, path.to_owned(), reason)
}

fn malformed<'a>(raw: &'a str, place: Place<'a>, path: String, reason: &'static str) -> Update<'a> {
    Update {
        kind: UpdateKind::Malformed(Fault { path, reason }),
        head: Head::default(),
        raw,
        place,
    }
}

fn size(member: &Member<'_>) -> usize {
    member.key.len() + member.value.get().len() + 2
}

fn size_without(object: &Object<'_>, keys: &[&str]) -> usize {
    let kept = |member: &&Member<'_>| !keys.iter().any(|key| member.is(key));
    object.members().iter().filter(kept).map(size).sum()
}
