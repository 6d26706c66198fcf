//! Inside a `value`: its lists, their elements, and the threads of history.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{ChangePath, Split, Splitter, malformed, size, size_without};
use crate::raw::Json;
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
                inner: None,
            };
            if list == "history" {
                self.history(frame, &path, json, surroundings)?;
            } else {
                self.element(frame, list, &path, kind, json, None, surroundings)?;
            }
        }
        Ok(())
    }

    fn history(
        &mut self,
        frame: &Arc<Frame<'a>>,
        path: &Path<'_>,
        json: Json<'a>,
        surroundings: usize,
    ) -> Split {
        let before = self.updates.len();
        let item = self.outline.object(json).map(Arc::new);
        let threads = item
            .as_ref()
            .and_then(|item| item.get("threads"))
            .and_then(|json| self.outline.list(json))
            .unwrap_or_default();
        if let Some(item) = &item {
            let surroundings = surroundings + size_without(item, &["threads"]);
            for (t, &json) in threads.elements().iter().enumerate() {
                let Some(object) = self.outline.object(json) else {
                    let place = Place::Element {
                        frame: Arc::clone(frame),
                        list: "history",
                        bare: false,
                        thread: None,
                        contact: None,
                    };
                    let path = format!("{}.threads[{t}]", path.write());
                    self.push(
                        malformed(json.get(), place, path, "is no object"),
                        surroundings,
                    )?;
                    continue;
                };
                let messages = object
                    .get("messages")
                    .and_then(|json| self.outline.list(json))
                    .unwrap_or_default();
                let surroundings = surroundings + size_without(&object, &["messages"]);
                let thread = Arc::new(Thread {
                    item: Arc::clone(item),
                    person: thread_person(&object),
                    object,
                });
                for (m, &json) in messages.elements().iter().enumerate() {
                    let path = Path {
                        inner: Some((t, m)),
                        ..*path
                    };
                    self.element(
                        frame,
                        "history",
                        &path,
                        &UpdateKind::History,
                        json,
                        Some(&thread),
                        surroundings,
                    )?;
                }
            }
        }
        if self.updates.len() == before {
            return self.element(
                frame,
                "history",
                path,
                &UpdateKind::HistoryChunk,
                json,
                None,
                surroundings,
            );
        }
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "an element is exactly what all of these say of it"
    )]
    fn element(
        &mut self,
        frame: &Arc<Frame<'a>>,
        list: &'static str,
        path: &Path<'_>,
        kind: &UpdateKind,
        json: Json<'a>,
        thread: Option<&Arc<Thread<'a>>>,
        surroundings: usize,
    ) -> Split {
        let mut head = Head::default();
        let mut kind = kind.clone();
        match self.outline.object(json) {
            None => {
                kind = UpdateKind::Malformed(Fault {
                    path: path.write(),
                    reason: "is no object, or too long",
                });
            }
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
        if let Some(contact) = contact {
            head.person.complete(&contact.person);
        }
        let contact = contact.map(|contact| contact.raw);
        let place = Place::Element {
            frame: Arc::clone(frame),
            list,
            bare: false,
            thread: thread.map(Arc::clone),
            contact,
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

/// Where an element stands; written out only when something is wrong with it.
#[derive(Clone, Copy)]
struct Path<'p> {
    root: ChangePath<'p>,
    list: &'static str,
    i: usize,
    inner: Option<(usize, usize)>,
}

impl Path<'_> {
    fn write(&self) -> String {
        let mut path = format!("{}.value.{}[{}]", self.root, self.list, self.i);
        if let Some((thread, message)) = self.inner {
            // Writing to a String cannot fail.
            let _ = write!(path, ".threads[{thread}].messages[{message}]");
        }
        path
    }
}
