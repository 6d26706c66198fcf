//! Whether the values of a template message fit its definition: every value that is missing, too many or of another kind.

use std::collections::HashMap;
use std::fmt;

use super::definition::{Button, Component as DefinedComponent, Definition};
use super::slot::{MediaKind, Part, Place, Slot, SlotKind, slots};
use crate::message::template::{CardValues, Component, Parameter, Template};

/// A value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// Where; `None` for the whole template.
    pub place: Option<Place>,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a value, or with there being none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The message names another template.
    OtherName,
    /// The message names another language.
    OtherLanguage,
    /// This value is missing.
    Missing(SlotKind),
    /// There are more values than variables.
    TooMany {
        /// Variables.
        wanted: usize,
        /// Values.
        given: usize,
    },
    /// No variable has this name, or one that has a value already; empty where the value has none.
    NoSuchVariable(String),
    /// The value is of another kind, given by Meta's name.
    OtherKind {
        /// What is wanted.
        wanted: SlotKind,
        /// Meta's name of what is given.
        given: String,
    },
    /// The template has no such button, card or carousel.
    NoSuchPart,
    /// The button is of another kind, by Meta's names.
    OtherButton {
        /// What it is in the definition.
        wanted: &'static str,
        /// What it is in the message.
        given: String,
    },
    /// The value is an empty text.
    EmptyText,
    /// The text has a line break, a tab, or more than four spaces in a row.
    Blanks,
}

/// So many spaces in a row may stand in a value.
const SPACES_MAX: usize = 4;

/// `body: {{2}} is missing`. Says where and what kind, never a value.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        match &self.problem {
            Problem::OtherName => f.write_str("another template is named"),
            Problem::OtherLanguage => f.write_str("another language is named"),
            Problem::Missing(kind) => write!(f, "{kind} is missing"),
            Problem::TooMany { wanted, given } => {
                write!(f, "{wanted} values wanted, {given} given")
            }
            Problem::NoSuchVariable(name) => write!(f, "there is no {{{{{name}}}}}"),
            Problem::OtherKind { wanted, given } => write!(f, "{wanted} wanted, `{given}` given"),
            Problem::NoSuchPart => f.write_str("the template has none"),
            Problem::OtherButton { wanted, given } => {
                write!(f, "a button of the kind `{wanted}`, not `{given}`")
            }
            Problem::EmptyText => f.write_str("a value is empty"),
            Problem::Blanks => write!(
                f,
                "a value has a line break, a tab or more than {SPACES_MAX} spaces in a row"
            ),
        }
    }
}

/// `{{1}}`, `an image`.
impl fmt::Display for SlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Number(number) => return write!(f, "{{{{{number}}}}}"),
            Self::Name(name) => return write!(f, "{{{{{name}}}}}"),
            Self::Media(MediaKind::Image) => "an image",
            Self::Media(MediaKind::Video) => "a video",
            Self::Media(MediaKind::Gif) => "a GIF",
            Self::Media(MediaKind::Document) => "a document",
            Self::Location => "a location",
            Self::Product => "a product",
            Self::UrlSuffix => "the end of the address",
            Self::Otp => "the one-time password",
            Self::CouponCode => "a coupon code",
            Self::Payload => "a payload",
            Self::Flow => "what the flow is given",
            Self::Catalog => "a product for the catalogue's image",
            Self::Products => "the products",
            Self::Order => "the order",
            Self::Call => "what comes back with a call",
            Self::OfferEnd => "the end of the offer",
        };
        f.write_str(words)
    }
}

/// Everything in a message that does not fit the definition; empty where Meta will take it.
pub fn check(definition: &Definition, message: &Template) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let mut whole = |problem| {
        found.push(Mismatch {
            place: None,
            problem,
        });
    };
    if message.name.as_str() != definition.name {
        whole(Problem::OtherName);
    }
    if message.language.code.as_str() != definition.language {
        whole(Problem::OtherLanguage);
    }
    let components = message.components.as_deref().unwrap_or_default();
    compare_parts(&definition.components, components, None, &mut found);
    let mut given = values(message);
    let slots = slots(definition);
    let mut rest = slots.as_slice();
    while let Some(first) = rest.first() {
        let together = rest.iter().take_while(|slot| slot.place == first.place);
        let (here, after) = rest.split_at(together.count());
        rest = after;
        let values = given.remove(&first.place).unwrap_or_default();
        let problems = compare(here, &values).into_iter().chain(wordings(&values));
        found.extend(problems.map(|problem| Mismatch {
            place: Some(first.place),
            problem,
        }));
    }
    let is_told = |place: &Place| found.iter().any(|told| told.place == Some(*place));
    let mut extra: Vec<_> = given
        .into_iter()
        .filter(|(place, values)| !values.is_empty() && !is_told(place))
        .map(|(place, values)| Mismatch {
            place: Some(place),
            problem: Problem::TooMany {
                wanted: 0,
                given: values.len(),
            },
        })
        .collect();
    extra.sort_by_key(ToString::to_string);
    found.extend(extra);
    found
}

/// What is wrong with the buttons and cards of a message themselves, whatever their values.
fn compare_parts(
    definition: &[DefinedComponent],
    message: &[Component],
    card: Option<usize>,
    found: &mut Vec<Mismatch>,
) {
    let mut tell = |card, part, problem| {
        found.push(Mismatch {
            place: Some(Place { card, part }),
            problem,
        });
    };
    let buttons = definition.iter().find_map(|component| match component {
        DefinedComponent::Buttons(buttons) => buttons.buttons.as_deref(),
        _ => None,
    });
    let buttons = buttons.unwrap_or_default();
    let indices = button_indices(message);
    for (component, index) in message.iter().zip(indices) {
        let Component::Button(button) = component else {
            continue;
        };
        let part = Part::Button(index);
        let given = button.sub_type.as_str();
        match buttons.get(index) {
            None => tell(card, part, Problem::NoSuchPart),
            Some(defined) => {
                let wanted = sub_types(defined);
                let is_it = |wanted: &&str| wanted.eq_ignore_ascii_case(given);
                if let Some(first) = wanted.first().filter(|_| !wanted.iter().any(is_it)) {
                    let problem = Problem::OtherButton {
                        wanted: first,
                        given: given.to_owned(),
                    };
                    tell(card, part, problem);
                }
            }
        }
    }
    let cards = definition.iter().find_map(|component| match component {
        DefinedComponent::Carousel(carousel) => carousel.cards.as_deref(),
        _ => None,
    });
    let cards = cards.unwrap_or_default();
    for component in message {
        let Component::Carousel(given) = component else {
            continue;
        };
        for given in &given.cards {
            let index = card_index(given);
            match cards.get(index) {
                None => found.push(Mismatch {
                    place: Some(Place {
                        card: Some(index),
                        part: Part::Body,
                    }),
                    problem: Problem::NoSuchPart,
                }),
                Some(card) => {
                    let defined = card.components.as_deref().unwrap_or_default();
                    compare_parts(defined, &given.components, Some(index), found);
                }
            }
        }
    }
}

/// What Meta calls a button of a definition where it is given values; nothing where that is not known.
fn sub_types(button: &Button) -> &'static [&'static str] {
    match button {
        Button::QuickReply(_) => &["quick_reply"],
        Button::Url(_) => &["url"],
        Button::CopyCode(_) => &["copy_code"],
        // It becomes an address when Meta approves it.
        Button::Otp(_) => &["url", "otp", "copy_code"],
        Button::Flow(_) => &["flow"],
        Button::Catalog(_) => &["catalog"],
        Button::MultiProduct(_) => &["mpm"],
        Button::VoiceCall(_) => &["voice_call"],
        Button::OrderDetails(_) => &["order_details"],
        _ => &[],
    }
}

/// What is wrong with the words of the values of one place.
fn wordings(values: &[&Parameter]) -> Vec<Problem> {
    let texts = values.iter().filter_map(|value| match value {
        Parameter::Text(value) => Some(value.text.as_str()),
        _ => None,
    });
    let problem = |text: &str| {
        if text.is_empty() {
            Some(Problem::EmptyText)
        } else if text.contains(['\n', '\r', '\t']) || text.contains(&" ".repeat(SPACES_MAX + 1)) {
            Some(Problem::Blanks)
        } else {
            None
        }
    };
    texts.filter_map(problem).collect()
}

/// The place of each component among the buttons, if it is one. Meta counts a button without an index as the next one.
fn button_indices(components: &[Component]) -> impl Iterator<Item = usize> {
    let mut next = 0_usize;
    components.iter().map(move |component| {
        let Component::Button(button) = component else {
            return next;
        };
        let index = button.index.as_ref().map(|index| index.as_str().parse());
        let index = index.and_then(Result::ok).unwrap_or(next);
        next = index.saturating_add(1);
        index
    })
}

fn card_index(card: &CardValues) -> usize {
    usize::try_from(card.card_index.get()).unwrap_or(usize::MAX)
}

/// The values of a message by their places.
pub(super) fn values(message: &Template) -> HashMap<Place, Vec<&Parameter>> {
    let mut found = HashMap::new();
    collect(
        message.components.as_deref().unwrap_or_default(),
        None,
        &mut found,
    );
    found
}

fn collect<'a>(
    components: &'a [Component],
    card: Option<usize>,
    found: &mut HashMap<Place, Vec<&'a Parameter>>,
) {
    for (component, button_index) in components.iter().zip(button_indices(components)) {
        let (part, parameters) = match component {
            Component::Header(values) => (Part::Header, &values.parameters),
            Component::Body(values) => (Part::Body, &values.parameters),
            Component::LimitedTimeOffer(values) => (Part::LimitedTimeOffer, &values.parameters),
            Component::Button(button) => (Part::Button(button_index), &button.parameters),
            Component::Carousel(cards) => {
                for card in &cards.cards {
                    collect(&card.components, Some(card_index(card)), found);
                }
                continue;
            }
            _ => continue,
        };
        let place = Place { card, part };
        found.entry(place).or_default().extend(parameters);
    }
}

/// What one place wants against what it is given.
fn compare(slots: &[Slot], given: &[&Parameter]) -> Vec<Problem> {
    let is_named = |slot: &Slot| matches!(slot.kind, SlotKind::Name(_));
    if slots.iter().any(is_named) {
        return compare_names(slots, given);
    }
    let mut problems = Vec::new();
    for (slot, value) in slots.iter().zip(given) {
        if !fits(&slot.kind, value) {
            problems.push(Problem::OtherKind {
                wanted: slot.kind.clone(),
                given: value.kind().to_owned(),
            });
        }
    }
    // Calls are given two values: for how long, and what comes back.
    let most = match slots {
        [only] if only.kind == SlotKind::Call => 2,
        _ => slots.len(),
    };
    if given.len() > most {
        problems.push(Problem::TooMany {
            wanted: slots.len(),
            given: given.len(),
        });
    }
    let missing = slots
        .iter()
        .skip(given.len())
        .filter(|slot| slot.is_required);
    problems.extend(missing.map(|slot| Problem::Missing(slot.kind.clone())));
    problems
}

fn compare_names(slots: &[Slot], given: &[&Parameter]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let wanted: Vec<_> = slots.iter().map(|slot| slot.kind.clone()).collect();
    let mut taken = Vec::new();
    for kind in &wanted {
        match value_of(kind, &wanted, given) {
            None => problems.push(Problem::Missing(kind.clone())),
            Some(value) => {
                taken.push(std::ptr::from_ref(value));
                if !fits(kind, value) {
                    problems.push(Problem::OtherKind {
                        wanted: kind.clone(),
                        given: value.kind().to_owned(),
                    });
                }
            }
        }
    }
    for value in given {
        if !taken.contains(&std::ptr::from_ref(*value)) {
            let name = name(value).unwrap_or_default().to_owned();
            problems.push(Problem::NoSuchVariable(name));
        }
    }
    problems
}

/// The value of a variable, of those given for its text, `wanted` being all the variables of that text. Names find theirs;
/// numbers take theirs in order, whichever numbers they are: of `{{1}} {{3}}` the second value is that of `{{3}}`.
pub(super) fn value_of<'v>(
    variable: &SlotKind,
    wanted: &[SlotKind],
    given: &[&'v Parameter],
) -> Option<&'v Parameter> {
    let is_number = |kind: &&SlotKind| matches!(kind, SlotKind::Number(_));
    let mut given = given.iter().copied();
    match variable {
        SlotKind::Name(wanted) => given.find(|value| name(value) == Some(wanted)),
        SlotKind::Number(_) => {
            let place = wanted
                .iter()
                .filter(is_number)
                .position(|kind| kind == variable)?;
            if wanted.iter().all(|kind| is_number(&kind)) {
                given.nth(place)
            } else {
                given.filter(|value| name(value).is_none()).nth(place)
            }
        }
        _ => None,
    }
}

/// The name of the variable a value is for.
pub(super) fn name(value: &Parameter) -> Option<&str> {
    let name = match value {
        Parameter::Text(value) => &value.parameter_name,
        Parameter::Currency(value) => &value.parameter_name,
        Parameter::DateTime(value) => &value.parameter_name,
        _ => return None,
    };
    name.as_ref().map(crate::open::Text::as_str)
}

fn fits(kind: &SlotKind, value: &Parameter) -> bool {
    use Parameter as P;
    match kind {
        SlotKind::Number(_) | SlotKind::Name(_) => {
            matches!(value, P::Text(_) | P::Currency(_) | P::DateTime(_))
        }
        SlotKind::Media(MediaKind::Image) => matches!(value, P::Image(_)),
        SlotKind::Media(MediaKind::Video) => matches!(value, P::Video(_)),
        // Older senders give a video.
        SlotKind::Media(MediaKind::Gif) => matches!(value, P::Gif(_) | P::Video(_)),
        SlotKind::Media(MediaKind::Document) => matches!(value, P::Document(_)),
        SlotKind::Location => matches!(value, P::Location(_)),
        SlotKind::Product => matches!(value, P::Product(_)),
        SlotKind::UrlSuffix | SlotKind::Otp => matches!(value, P::Text(_)),
        SlotKind::CouponCode => matches!(value, P::CouponCode(_)),
        SlotKind::Payload => matches!(value, P::Payload(_) | P::Text(_)),
        SlotKind::Flow | SlotKind::Catalog | SlotKind::Products | SlotKind::Order => {
            matches!(value, P::Action(_))
        }
        SlotKind::Call => matches!(value, P::Payload(_) | P::TtlMinutes(_)),
        SlotKind::OfferEnd => matches!(value, P::LimitedTimeOffer(_)),
    }
}
