//! What a template leaves open: the places of a definition that want a value when it is sent, in order.

use std::fmt;

use super::definition::{Body, Button, Category, Component, Definition, Header, HeaderFormat};

/// One value that a template wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slot {
    /// Where.
    pub place: Place,
    /// What.
    pub kind: SlotKind,
    /// Whether Meta refuses the message without.
    pub is_required: bool,
}

/// Where in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// On which card, from 0, if on one.
    pub card: Option<usize>,
    /// In which part.
    pub part: Part,
}

/// A part of a template or a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Above the body.
    Header,
    /// The text itself.
    Body,
    /// The offer that ends.
    LimitedTimeOffer,
    /// The button at this place, from 0.
    Button(usize),
}

/// What kind of value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotKind {
    /// Words for `{{1}}`; money and times are written as words too.
    Number(usize),
    /// Words for `{{first_name}}`.
    Name(String),
    /// A file for the header.
    Media(MediaKind),
    /// A place for the header.
    Location,
    /// A product for the header.
    Product,
    /// The end of the button's address.
    UrlSuffix,
    /// The one-time password once more, for the button.
    Otp,
    /// What the button copies.
    CouponCode,
    /// What the button answers; its label where it is not said.
    Payload,
    /// What the flow is given.
    Flow,
    /// Whose image stands for the catalogue.
    Catalog,
    /// Which products.
    Products,
    /// The order to pay.
    Order,
    /// What comes back with a call.
    Call,
    /// When the offer ends.
    OfferEnd,
}

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaKind {
    /// An image.
    Image,
    /// A video.
    Video,
    /// A GIF.
    Gif,
    /// A document.
    Document,
}

/// `body`, `button 0`, `card 2, header`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(card) = self.card {
            write!(f, "card {card}, ")?;
        }
        match self.part {
            Part::Header => f.write_str("header"),
            Part::Body => f.write_str("body"),
            Part::LimitedTimeOffer => f.write_str("limited-time offer"),
            Part::Button(index) => write!(f, "button {index}"),
        }
    }
}

/// What a template wants, in the order of its components and variables.
pub fn slots(definition: &Definition) -> Vec<Slot> {
    let is_authentication = is_authentication(definition);
    let mut slots = Vec::new();
    if is_authentication && !has_body(&definition.components) {
        slots.push(Slot {
            place: Place {
                card: None,
                part: Part::Body,
            },
            kind: SlotKind::Number(1),
            is_required: true,
        });
    }
    of_components(&definition.components, None, is_authentication, &mut slots);
    slots
}

fn of_components(
    components: &[Component],
    card: Option<usize>,
    is_authentication: bool,
    slots: &mut Vec<Slot>,
) {
    let place = |part| Place { card, part };
    for component in components {
        match component {
            Component::Header(header) => {
                slots.extend(of_header(header).into_iter().map(|kind| Slot {
                    place: place(Part::Header),
                    kind,
                    is_required: true,
                }));
            }
            Component::Body(body) => slots.extend(
                of_body(body, is_authentication)
                    .into_iter()
                    .map(|kind| Slot {
                        place: place(Part::Body),
                        kind,
                        is_required: true,
                    }),
            ),
            Component::LimitedTimeOffer(offer) => {
                let offer = offer.limited_time_offer.as_ref();
                if offer.and_then(|offer| offer.has_expiration) == Some(true) {
                    slots.push(Slot {
                        place: place(Part::LimitedTimeOffer),
                        kind: SlotKind::OfferEnd,
                        is_required: true,
                    });
                }
            }
            Component::Buttons(buttons) => {
                let buttons = buttons.buttons.as_deref().unwrap_or_default();
                for (index, button) in buttons.iter().enumerate() {
                    if let Some((kind, is_required)) = of_button(button, is_authentication) {
                        slots.push(Slot {
                            place: place(Part::Button(index)),
                            kind,
                            is_required,
                        });
                    }
                }
            }
            Component::Carousel(carousel) => {
                let cards = carousel.cards.as_deref().unwrap_or_default();
                for (index, card) in cards.iter().enumerate() {
                    let components = card.components.as_deref().unwrap_or_default();
                    of_components(components, Some(index), false, slots);
                }
            }
            _ => {}
        }
    }
}

/// Meta writes categories in either case.
pub(super) fn is_authentication(definition: &Definition) -> bool {
    let category = definition.category.as_ref().map(Category::as_str);
    category.is_some_and(|category| category.eq_ignore_ascii_case("AUTHENTICATION"))
}

/// Every authentication template has Meta's own body, whether its definition says so or not.
pub(super) fn has_body(components: &[Component]) -> bool {
    let is_body = |component: &Component| matches!(component, Component::Body(_));
    components.iter().any(is_body)
}

/// What a header is made of; Meta writes formats in either case. Words need not say that they are.
pub(super) fn header_format(header: &Header) -> Option<HeaderFormat> {
    match &header.format {
        Some(format) => Some(format.as_str().to_ascii_uppercase().as_str().into()),
        None => header.text.is_some().then_some(HeaderFormat::Text),
    }
}

fn of_header(header: &Header) -> Vec<SlotKind> {
    let Some(format) = header_format(header) else {
        return Vec::new();
    };
    match format {
        HeaderFormat::Text => variables(header.text.as_deref().unwrap_or_default()),
        HeaderFormat::Image => vec![SlotKind::Media(MediaKind::Image)],
        HeaderFormat::Video => vec![SlotKind::Media(MediaKind::Video)],
        HeaderFormat::Gif => vec![SlotKind::Media(MediaKind::Gif)],
        HeaderFormat::Document => vec![SlotKind::Media(MediaKind::Document)],
        HeaderFormat::Location => vec![SlotKind::Location],
        HeaderFormat::Product => vec![SlotKind::Product],
        HeaderFormat::Unknown(_) => Vec::new(),
    }
}

/// The body of an authentication template is Meta's, and is not there before Meta has approved it.
fn of_body(body: &Body, is_authentication: bool) -> Vec<SlotKind> {
    match &body.text {
        Some(text) => variables(text),
        None if is_authentication => vec![SlotKind::Number(1)],
        None => Vec::new(),
    }
}

/// A fetched authentication template has its button as an address of Meta's that ends with the password.
fn of_button(button: &Button, is_authentication: bool) -> Option<(SlotKind, bool)> {
    Some(match button {
        Button::QuickReply(_) => (SlotKind::Payload, false),
        Button::Url(button) => {
            let url = button.url.as_deref().unwrap_or_default();
            if variables(url).is_empty() {
                return None;
            }
            if is_authentication {
                (SlotKind::Otp, true)
            } else {
                (SlotKind::UrlSuffix, true)
            }
        }
        Button::CopyCode(_) => (SlotKind::CouponCode, true),
        Button::Otp(_) => (SlotKind::Otp, true),
        Button::Flow(_) => (SlotKind::Flow, false),
        Button::Catalog(_) => (SlotKind::Catalog, false),
        Button::MultiProduct(_) => (SlotKind::Products, true),
        Button::OrderDetails(_) => (SlotKind::Order, true),
        Button::VoiceCall(_) => (SlotKind::Call, false),
        _ => return None,
    })
}

/// The variables of a text, each once: numbers in their order, names as they come.
pub(super) fn variables(text: &str) -> Vec<SlotKind> {
    let mut found = Vec::new();
    for (variable, _) in split(text).into_iter().filter_map(Piece::variable) {
        if !found.contains(&variable) {
            found.push(variable);
        }
    }
    found.sort_by_key(|variable| match variable {
        SlotKind::Number(number) => *number,
        _ => 0,
    });
    found
}

/// A piece of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// As it stands.
    Words(&'a str),
    /// What stands between `{{` and `}}`, and the whole of it.
    Variable(&'a str, &'a str),
}

impl<'a> Piece<'a> {
    /// The variable, and how it was written.
    pub(super) fn variable(self) -> Option<(SlotKind, &'a str)> {
        let Self::Variable(name, whole) = self else {
            return None;
        };
        let kind = match name.parse() {
            Ok(number) => SlotKind::Number(number),
            Err(_) => SlotKind::Name(name.to_owned()),
        };
        Some((kind, whole))
    }
}

/// A text's words and variables. A variable is `{{`, letters, digits and underscores, and `}}`.
pub(super) fn split(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut words_from, mut at) = (0, 0);
    while let Some(found) = text[at..].find("{{") {
        let from = at + found;
        let name_from = from + 2;
        let Some(length) = text[name_from..].find("}}") else {
            break;
        };
        let name = text[name_from..name_from + length].trim();
        let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            // Perhaps a variable begins within.
            at = from + 1;
            continue;
        }
        let to = name_from + length + 2;
        if from > words_from {
            pieces.push(Piece::Words(&text[words_from..from]));
        }
        pieces.push(Piece::Variable(name, &text[from..to]));
        (words_from, at) = (to, to);
    }
    if words_from < text.len() {
        pieces.push(Piece::Words(&text[words_from..]));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_once_each_and_numbers_in_their_order() {
        assert_eq!(
            variables("{{2}} then {{1}} and {{ 2 }}"),
            [SlotKind::Number(1), SlotKind::Number(2)]
        );
        assert_eq!(
            variables("{{name}}, {{{day}} {{not closed"),
            [SlotKind::Name("name".into()), SlotKind::Name("day".into())]
        );
        assert_eq!(variables("no { {1} } {{}} {{a b}}"), []);
    }
}
