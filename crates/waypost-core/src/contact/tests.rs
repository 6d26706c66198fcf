//! The table's rows one by one, and random lives of a small address book.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use HandleKind::{ParentUserId, UserId, WaId};

/// An address book that does what it is told.
#[derive(Default)]
struct Book {
    handles: BTreeMap<(HandleKind, String), ContactId>,
    last: i64,
}

impl Book {
    fn lookup(&self, kind: HandleKind, value: Option<&String>) -> Option<Contact> {
        let id = *self.handles.get(&(kind, value?.clone()))?;
        let ids = |wanted: HandleKind| {
            let of_contact = self
                .handles
                .iter()
                .filter(|((kind, _), owner)| *kind == wanted && **owner == id);
            of_contact.map(|((_, value), _)| value.clone()).collect()
        };
        Some(Contact {
            id,
            user_ids: ids(UserId),
            parent_user_ids: ids(ParentUserId),
        })
    }

    fn known(&self, incoming: &Handles) -> Known {
        Known {
            by_wa_id: self.lookup(WaId, incoming.wa_id.as_ref()),
            by_user_id: self.lookup(UserId, incoming.user_id.as_ref()),
            by_parent_user_id: self.lookup(ParentUserId, incoming.parent_user_id.as_ref()),
            by_previous_user_id: self.lookup(UserId, incoming.previous_user_id.as_ref()),
            by_previous_parent_user_id: self
                .lookup(ParentUserId, incoming.previous_parent_user_id.as_ref()),
        }
    }

    fn tell(&mut self, incoming: &Handles) -> (ContactId, Decision) {
        let decision = resolve(&self.known(incoming), incoming).expect("somebody is named");
        let contact = decision.contact.unwrap_or_else(|| {
            self.last += 1;
            ContactId(self.last)
        });
        for owner in self.handles.values_mut() {
            if decision.absorb.contains(owner) {
                *owner = contact;
            }
        }
        for handle in &decision.attach {
            self.handles
                .insert((handle.kind, handle.value.clone()), contact);
        }
        (contact, decision)
    }

    fn ids_of(&self, kind: HandleKind, contact: ContactId) -> BTreeSet<String> {
        let of_contact = self
            .handles
            .iter()
            .filter(|((of, _), owner)| *of == kind && **owner == contact);
        of_contact.map(|((_, value), _)| value.clone()).collect()
    }
}

/// `P1` is a phone number, `U1` a user id, `E1` a parent user id, `@…` a username, `-U1` a replaced user id.
fn who(words: &str) -> Handles {
    let mut handles = Handles::default();
    for word in words.split(' ') {
        let field = match word.as_bytes() {
            [b'P', ..] => &mut handles.wa_id,
            [b'U', ..] => &mut handles.user_id,
            [b'E', ..] => &mut handles.parent_user_id,
            [b'-', b'U', ..] => &mut handles.previous_user_id,
            [b'-', ..] => &mut handles.previous_parent_user_id,
            _ => &mut handles.username,
        };
        *field = Some(word.trim_start_matches('-').to_owned());
    }
    handles
}

#[track_caller]
fn told(story: &[(&str, i64)]) -> Book {
    let mut book = Book::default();
    for (words, expected) in story {
        let (contact, _) = book.tell(&who(words));
        assert_eq!(contact.0, *expected, "{words}");
    }
    book
}

#[test]
fn a_phone_number_and_a_user_id_come_together() {
    told(&[("P1", 1), ("P1 U1", 1), ("U1", 1), ("U1 E1", 1), ("E1", 1)]);
}

#[test]
fn two_who_turn_out_to_be_one_become_the_older() {
    let mut book = told(&[("P1", 1), ("U1", 2)]);
    let (contact, decision) = book.tell(&who("P1 U1"));
    assert_eq!(
        (contact, decision.absorb),
        (ContactId(1), vec![ContactId(2)])
    );
    assert_eq!(book.tell(&who("U1")).0, ContactId(1));

    let mut book = told(&[("U1", 1), ("E1", 2), ("P1", 3)]);
    let (contact, decision) = book.tell(&who("P1 U1 E1"));
    assert_eq!(
        (contact, decision.absorb),
        (ContactId(1), vec![ContactId(2), ContactId(3)])
    );
}

#[test]
fn a_recycled_number_moves_without_a_merge() {
    // To somebody new,
    let mut book = told(&[("P1 U1", 1), ("P1 U2", 2), ("P1", 2), ("U1", 1)]);
    assert_eq!(book.tell(&who("U1 P2")).0, ContactId(1));
    // and to somebody known.
    let book = told(&[("P1 U1", 1), ("U2", 2), ("P1 U2", 2), ("P1", 2), ("U1", 1)]);
    assert_eq!(book.ids_of(UserId, ContactId(1)), ["U1".to_owned()].into());
}

#[test]
fn a_username_identifies_nobody() {
    assert_eq!(resolve(&Known::default(), &who("@ann")), None);
    told(&[("U1 @ann", 1), ("U2 @ann", 2), ("P3 @ann", 3)]);
}

#[test]
fn a_replaced_user_id_stays_with_its_person() {
    told(&[("U1 P1", 1), ("U2 -U1", 1), ("U2 P2", 1), ("U1", 1)]);
    // The new id may be seen before Meta says whose it is.
    told(&[("U1 P1", 1), ("U2 P2", 2), ("U2 -U1", 1), ("P2", 1)]);
    // Even with another parent id, and even if neither was ever seen.
    told(&[
        ("U1 E1", 1),
        ("U2 E2", 2),
        ("U2 -U1", 1),
        ("U4 -U3", 3),
        ("U3", 3),
    ]);
}

#[test]
fn a_parent_id_never_joins_two_user_ids() {
    told(&[("U1 E1", 1), ("U2 E1", 2), ("E1", 2), ("U1", 1)]);
    told(&[
        ("U1 E1", 1),
        ("E2 P1", 2),
        ("U1 P1", 1),
        ("P1", 1),
        ("E2", 2),
    ]);
}

#[test]
fn handles_and_contacts_do_not_show_what_they_are() {
    let mut book = told(&[("P15550001 U1", 1)]);
    let shown = format!(
        "{:?} {:?}",
        book.known(&who("P15550001")),
        book.tell(&who("P15550001 U2")).1
    );
    assert!(
        !shown.contains("15550001") && !shown.contains("U2"),
        "{shown}"
    );
}

fn handle(of: &'static str) -> impl Strategy<Value = Option<String>> {
    proptest::option::of((1..5u8).prop_map(move |number| format!("{of}{number}")))
}

fn update(renames: bool) -> impl Strategy<Value = Handles> {
    let previous = move |of| handle(of).prop_map(move |id| id.filter(|_| renames));
    (
        handle("P"),
        handle("U"),
        handle("E"),
        previous("U"),
        previous("E"),
        handle("@"),
    )
        .prop_map(
            |(
                wa_id,
                user_id,
                parent_user_id,
                previous_user_id,
                previous_parent_user_id,
                username,
            )| Handles {
                previous_user_id: previous_user_id.filter(|_| user_id.is_some()),
                previous_parent_user_id: previous_parent_user_id
                    .filter(|_| parent_user_id.is_some()),
                wa_id,
                user_id,
                parent_user_id,
                username,
                name: None,
            },
        )
}

proptest! {
    #[test]
    fn different_user_ids_never_become_one(story in proptest::collection::vec(update(false), 1..60)) {
        let mut book = Book::default();
        for incoming in story.iter().filter(|incoming| !incoming.is_empty()) {
            let known = book.known(incoming);
            let (contact, decision) = book.tell(incoming);
            let found = [&known.by_user_id, &known.by_parent_user_id, &known.by_wa_id];
            let joined = found.into_iter().flatten().filter(|found| decision.absorb.contains(&found.id) || decision.contact == Some(found.id));
            let user_ids: BTreeSet<_> = joined.flat_map(|joined| &joined.user_ids).collect();
            prop_assert!(user_ids.len() <= 1);
            prop_assert!(book.ids_of(UserId, contact).len() <= 1);
            prop_assert!(decision.absorb.iter().all(|absorbed| *absorbed > contact));
        }
    }

    #[test]
    fn every_handle_leads_to_who_it_was_decided_to_be(story in proptest::collection::vec(update(true), 1..60)) {
        let mut book = Book::default();
        for incoming in story.iter().filter(|incoming| !incoming.is_empty()) {
            let (contact, decision) = book.tell(incoming);
            let known = book.known(incoming);
            for found in [known.by_wa_id, known.by_user_id, known.by_parent_user_id, known.by_previous_user_id, known.by_previous_parent_user_id].into_iter().flatten() {
                prop_assert_eq!(found.id, contact);
            }
            // Hearing the same again changes nothing.
            let again = resolve(&book.known(incoming), incoming);
            prop_assert_eq!(again, Some(Decision { contact: Some(contact), absorb: vec![], attach: vec![] }));
            prop_assert!(!decision.absorb.contains(&contact));
        }
    }
}
