//! Inside a `value`: its lists, their elements, and the threads of history.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{ChangePath, Split, Splitter, malformed, size, size_without};
use crate::raw::{Json, List, Object};
use crate::webhook::element;
use crate::webhook::layout::{self, LISTED_FIELDS, thread_person};
use crate::webhook::update::{Fault, Frame, Head, Place, Thread, Update, UpdateKind};

impl<'a> Splitter<'a> {
    pub(super) fn value(
        &mut self,
        frame: &Arc<Frame<'a>>,
        path: ChangePath<'_>,
        text: &'a str,
        surroundings: usize,
    ) -> Split {
        let before = self.updates.len();
        if LISTED_FIELDS.contains(&&*frame.field) {
            let mut lists = Vec::with_capacity(2);
            let mut beside = 0;
            for member in frame.value.members() {
                match layout::list(member) {
                    Some(list) => lists.push((member, list)),
                    None if member.is("contacts") => {}
                    None => beside += size(member),
                }
            }
            for (member, (list, kind)) in lists {
                let kind = kind.in_field(&frame.field);
                self.list(
                    frame,
                    path,
                    list,
                    &kind,
                    member.value,
                    surroundings + beside,
                )?;
            }
        }
        if self.updates.len() == before {
            let place = Place::Value {
                frame: Arc::clone(frame),
            };
            let head = element::value_head(&frame.value);
            self.push(
                Update {
                    kind: UpdateKind::Value,
                    head,
                    raw: text,
                    place,
                },
                surroundings,
            )?;
        }
        Ok(())
    }

    fn list(
        &mut self,
        frame: &Arc<Frame<'a>>,
        path: ChangePath<'_>,
        list: &'static str,
        kind: &UpdateKind,
        json: Json<'a>,
        surroundings: usize,
    ) -> Split {
        if json.get() == "null" {
            return Ok(());
        }
        let Some(elements) = self.outline.list(json) else {
            let place = Place::Element {
                frame: Arc::clone(frame),
                list,
                bare: true,
                thread: None,
                contact: None,
                is_theirs: false,
            };
            let path = format!("{path}.value.{list}");
            return self.push(
                malformed(json.get(), place, path, "is no list, or too long"),
                surroundings,
            );
        };
        // One update is large, and most bodies hold one: room for what comes, where doubling would make room for four.
        if self.updates.is_empty() {
            self.updates.reserve_exact(elements.elements().len());
        }
        for (i, &json) in elements.elements().iter().enumerate() {
            let path = Path {
                root: path,
                list,
                i,
                thread: None,
                message: None,
            };
            if list == "history" {
                self.history(frame, path, json, surroundings)?;
            } else {
                let element = Element {
                    frame,
                    list,
                    path,
                    kind: kind.clone(),
                    thread: None,
                };
                self.element(&element, json, surroundings)?;
            }
        }
        Ok(())
    }

    fn history(
        &mut self,
        frame: &Arc<Frame<'a>>,
        path: Path<'_>,
        json: Json<'a>,
        surroundings: usize,
    ) -> Split {
        let before = self.updates.len();
        let whole = |kind| Element {
            frame,
            list: "history",
            path,
            kind,
            thread: None,
        };
        let item = self.outline.object(json).map(Arc::new);
        if item.as_ref().is_some_and(|item| item.repeats("threads")) {
            let fault = path.fault("repeats a key");
            return self.element(&whole(fault), json, surroundings);
        }
        let threads = item
            .as_ref()
            .and_then(|item| item.get("threads"))
            .and_then(|json| self.outline.list(json))
            .unwrap_or_default();
        if let Some(item) = &item {
            let surroundings = surroundings + size_without(item, &["threads"]);
            for (t, &json) in threads.elements().iter().enumerate() {
                let path = path.thread(t);
                let thread = |object: Option<Object<'a>>| {
                    let person = object.as_ref().map(thread_person);
                    Arc::new(Thread {
                        item: Arc::clone(item),
                        person: person.unwrap_or_default(),
                        object,
                    })
                };
                let object = self.outline.object(json);
                let messages = match &object {
                    None => Err("is no object"),
                    Some(object) if object.repeats("messages") => Err("repeats a key"),
                    Some(object) => match object.get("messages") {
                        None => Ok(List::default()),
                        Some(json) => self.outline.list(json).ok_or("has an odd list of messages"),
                    },
                };
                let odd = |kind| Element {
                    thread: Some(thread(None)),
                    path,
                    ..whole(kind)
                };
                let messages = match messages {
                    Ok(messages) => messages,
                    Err(reason) => {
                        self.element(&odd(path.fault(reason)), json, surroundings)?;
                        continue;
                    }
                };
                if messages.elements().is_empty() {
                    self.element(&odd(UpdateKind::HistoryChunk), json, surroundings)?;
                    continue;
                }
                let around = object
                    .as_ref()
                    .map_or(0, |object| size_without(object, &["messages"]));
                let thread = thread(object);
                for (m, &json) in messages.elements().iter().enumerate() {
                    let element = Element {
                        path: path.message(m),
                        thread: Some(Arc::clone(&thread)),
                        ..whole(UpdateKind::History)
                    };
                    self.element(&element, json, surroundings + around)?;
                }
            }
        }
        if self.updates.len() == before {
            return self.element(&whole(UpdateKind::HistoryChunk), json, surroundings);
        }
        Ok(())
    }

    fn element(&mut self, element: &Element<'_, 'a>, json: Json<'a>, surroundings: usize) -> Split {
        let Element {
            frame,
            list,
            path,
            kind,
            thread,
        } = element;
        let mut head = Head::default();
        let mut kind = kind.clone();
        match self.outline.object(json) {
            _ if matches!(kind, UpdateKind::Malformed(_)) => {}
            None => kind = path.fault("is no object, or too long"),
            Some(object) => {
                let business = frame.display_phone_number.as_deref();
                if let Err((member, reason)) =
                    element::read(&mut kind, &mut head, &object, business)
                {
                    let path = if member.is_empty() {
                        path.write()
                    } else {
                        format!("{}.{member}", path.write())
                    };
                    kind = UpdateKind::Malformed(Fault { path, reason });
                }
            }
        }
        if let Some(thread) = thread {
            head.person = thread.person.clone();
        }
        let contact = frame.contacts.of(&head.person);
        if let Some((contact, true)) = contact {
            head.person.complete(&contact.person);
        }
        let is_theirs = contact.is_some_and(|(_, is_theirs)| is_theirs);
        let contact = contact.map(|(contact, _)| contact.raw);
        let place = Place::Element {
            frame: Arc::clone(frame),
            list,
            bare: false,
            thread: thread.clone(),
            contact,
            is_theirs,
        };
        let repeated = surroundings + contact.map_or(0, |contact| contact.get().len());
        self.push(
            Update {
                kind,
                head,
                raw: json.get(),
                place,
            },
            repeated,
        )
    }
}

/// An element to read, beside its text: where it stands, and what it should be.
struct Element<'e, 'a> {
    frame: &'e Arc<Frame<'a>>,
    list: &'static str,
    path: Path<'e>,
    kind: UpdateKind,
    thread: Option<Arc<Thread<'a>>>,
}

/// Where an element stands; written out only when something is wrong with it.
#[derive(Clone, Copy)]
struct Path<'p> {
    root: ChangePath<'p>,
    list: &'static str,
    i: usize,
    thread: Option<usize>,
    message: Option<usize>,
}

impl Path<'_> {
    fn thread(self, thread: usize) -> Self {
        Self {
            thread: Some(thread),
            ..self
        }
    }

    fn message(self, message: usize) -> Self {
        Self {
            message: Some(message),
            ..self
        }
    }

    fn fault(&self, reason: &'static str) -> UpdateKind {
        UpdateKind::Malformed(Fault {
            path: self.write(),
            reason,
        })
    }

    fn write(&self) -> String {
        let mut path = format!("{}.value.{}[{}]", self.root, self.list, self.i);
        // Writing to a String cannot fail.
        if let Some(thread) = self.thread {
            let _ = write!(path, ".threads[{thread}]");
        }
        if let Some(message) = self.message {
            let _ = write!(path, ".messages[{message}]");
        }
        path
    }
}
