//! One update as a notification of its own: its bytes, with everything around them that belongs to it.

use std::ops::Range;

use super::layout;
use super::update::{EntryFrame, Frame, Place, Thread, Update};
use crate::raw::{Json, Object};

impl Update<'_> {
    /// A whole, valid notification that holds exactly this update, and where its `raw` lies in it.
    ///
    /// Every sibling of the path from the root to the update stays as it was written, unknown ones too, except other
    /// updates and the `contacts[]` entries of others. For the body as a whole it is the body.
    pub fn notification(&self) -> (String, Range<usize>) {
        let mut text = Text {
            out: String::with_capacity(self.raw.len() + 512),
            raw: 0..0,
        };
        match &self.place {
            Place::Whole => text.raw(self.raw),
            Place::Entry { entry } => {
                text.object(&entry.top, "entry", |text| {
                    text.list(|text| text.raw(self.raw));
                });
            }
            Place::Change { entry } => text.entry(entry, |text| text.raw(self.raw)),
            Place::Value { frame } => text.change(frame, |text| text.raw(self.raw)),
            Place::Element {
                frame,
                list,
                bare,
                thread,
                contact,
                ..
            } => text.change(frame, |text| {
                let contact = contact.map(Json::get);
                text.value(frame, list, contact, |text| match thread {
                    _ if *bare => text.raw(self.raw),
                    Some(thread) => text.thread(thread, |text| text.raw(self.raw)),
                    None => text.list(|text| text.raw(self.raw)),
                });
            }),
        }
        (text.out, text.raw)
    }
}

struct Text {
    out: String,
    raw: Range<usize>,
}

impl Text {
    fn raw(&mut self, raw: &str) {
        let start = self.out.len();
        self.out.push_str(raw);
        self.raw = start..self.out.len();
    }

    fn list(&mut self, element: impl FnOnce(&mut Self)) {
        self.out.push('[');
        element(self);
        self.out.push(']');
    }

    /// An object as it was, with what stands under one key replaced. The key is written once even if it repeats.
    fn object(&mut self, object: &Object<'_>, key: &str, inner: impl FnOnce(&mut Self)) {
        let mut inner = Some(inner);
        self.out.push('{');
        let first = self.out.len();
        for member in object.members() {
            let replaced = member.is(key);
            if replaced && inner.is_none() {
                continue;
            }
            if self.out.len() > first {
                self.out.push(',');
            }
            self.out.push_str(member.key);
            self.out.push(':');
            match inner.take() {
                Some(inner) if replaced => inner(self),
                kept => {
                    inner = kept;
                    self.out.push_str(member.value.get());
                }
            }
        }
        self.out.push('}');
    }

    fn entry(&mut self, entry: &EntryFrame<'_>, change: impl FnOnce(&mut Self)) {
        self.object(&entry.top, "entry", |text| {
            text.list(|text| text.object(&entry.object, "changes", |text| text.list(change)));
        });
    }

    fn change(&mut self, frame: &Frame<'_>, value: impl FnOnce(&mut Self)) {
        self.entry(&frame.entry, |text| {
            text.object(&frame.change, "value", value);
        });
    }

    fn value(
        &mut self,
        frame: &Frame<'_>,
        list: &str,
        contact: Option<&str>,
        inner: impl FnOnce(&mut Self),
    ) {
        let mut inner = Some(inner);
        let mut contact = contact;
        self.out.push('{');
        let first = self.out.len();
        for member in frame.value.members() {
            let before = self.out.len();
            if before > first {
                self.out.push(',');
            }
            self.out.push_str(member.key);
            self.out.push(':');
            if member.is(list) {
                match inner.take() {
                    Some(inner) => inner(self),
                    None => self.out.truncate(before),
                }
            } else if member.is("contacts") {
                match contact.take() {
                    Some(contact) => self.list(|text| text.out.push_str(contact)),
                    None => self.out.truncate(before),
                }
            } else if layout::list(member).is_some() {
                self.out.truncate(before);
            } else {
                self.out.push_str(member.value.get());
            }
        }
        self.out.push('}');
    }

    fn thread(&mut self, thread: &Thread<'_>, inner: impl FnOnce(&mut Self)) {
        self.list(|text| {
            text.object(&thread.item, "threads", |text| {
                text.list(|text| match &thread.object {
                    Some(object) => text.object(object, "messages", |text| text.list(inner)),
                    None => inner(text),
                });
            });
        });
    }
}
