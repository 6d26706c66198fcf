//! A template with its values filled in, as the phone shows it.
//!
//! Money and times are shown as their fallback values, as phones do. A variable without a value stays as it was written. What
//! Meta itself writes into authentication templates is there once they are fetched; before, it is shown in English.

use std::collections::HashMap;
use std::fmt;

use super::check::{value_of, values};
use super::definition::{Button, Component, Definition, Header, HeaderFormat};
use super::slot::{Part, Place, has_body, header_format, is_authentication, split, variables};
use crate::message::Media;
use crate::message::contacts::Location;
use crate::message::template::{Parameter, Template};
use crate::open::Whole;

/// What the phone shows.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Rendered {
    /// Above the body.
    pub header: Option<RenderedHeader>,
    /// The text itself.
    pub body: Option<String>,
    /// Below the body.
    pub footer: Option<String>,
    /// What is offered for a limited time.
    pub offer: Option<String>,
    /// The buttons in order.
    pub buttons: Vec<RenderedButton>,
    /// The cards in order.
    pub cards: Vec<Rendered>,
}

/// What stands above the body.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum RenderedHeader {
    /// Words.
    Text(String),
    /// A file, if the message names one.
    Media(Option<Media>),
    /// A place, if the message names one.
    Location(Option<Location>),
    /// A product's id, if the message names one.
    Product(Option<String>),
}

/// A button.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenderedButton {
    /// What it says. Meta gives some buttons their labels, in the phone's language: those are empty.
    pub label: String,
    /// Where it leads, what it copies, whom it calls, or what it answers.
    pub target: Option<String>,
}

/// Someone's message: shows its shape only.
impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rendered")
            .field("header", &self.header.is_some())
            .field("body", &self.body.is_some())
            .field("footer", &self.footer.is_some())
            .field("buttons", &self.buttons.len())
            .field("cards", &self.cards)
            .finish_non_exhaustive()
    }
}

impl Rendered {
    /// All of it as lines of text: the header, the body, the footer, each button in brackets, each card after a line.
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        match &self.header {
            Some(RenderedHeader::Text(text)) => lines.push(text.clone()),
            Some(RenderedHeader::Media(_)) => lines.push("[file]".to_owned()),
            Some(RenderedHeader::Location(_)) => lines.push("[location]".to_owned()),
            Some(RenderedHeader::Product(_)) => lines.push("[product]".to_owned()),
            None => {}
        }
        let words = [&self.offer, &self.body, &self.footer];
        lines.extend(words.into_iter().flatten().cloned());
        for button in &self.buttons {
            lines.push(match &button.target {
                Some(target) => format!("[{}] {target}", button.label),
                None => format!("[{}]", button.label),
            });
        }
        for card in &self.cards {
            lines.push("---".to_owned());
            lines.push(card.to_text());
        }
        lines.join("\n")
    }
}

/// Fills a template's values in. Whether they fit is [`check`](super::check())'s to say; here what fits is shown.
pub fn render(definition: &Definition, message: &Template) -> Rendered {
    let given = values(message);
    let filling = Filling {
        given: &given,
        card: None,
        is_authentication: is_authentication(definition),
    };
    let mut shown = filling.components(&definition.components);
    if filling.is_authentication && !has_body(&definition.components) {
        shown.body = Some(filling.fill(CODE, Part::Body));
    }
    shown
}

/// What Meta writes into the body of an authentication template.
const CODE: &str = "*{{1}}* is your verification code.";

struct Filling<'a> {
    given: &'a HashMap<Place, Vec<&'a Parameter>>,
    card: Option<usize>,
    is_authentication: bool,
}

impl Filling<'_> {
    fn components(&self, components: &[Component]) -> Rendered {
        let mut shown = Rendered::default();
        for component in components {
            match component {
                Component::Header(header) => {
                    shown.header = Some(self.header(header));
                }
                Component::Body(body) => {
                    let mut text = match &body.text {
                        Some(text) => self.fill(text, Part::Body),
                        None if self.is_authentication => self.fill(CODE, Part::Body),
                        None => continue,
                    };
                    if body.text.is_none() && body.add_security_recommendation == Some(true) {
                        text.push_str(" For your security, do not share this code.");
                    }
                    shown.body = Some(text);
                }
                Component::Footer(footer) => {
                    let expiry = footer.code_expiration_minutes.as_ref().map(Whole::get);
                    let expiry =
                        expiry.map(|minutes| format!("This code expires in {minutes} minutes."));
                    shown.footer = footer.text.clone().or(expiry);
                }
                Component::LimitedTimeOffer(offer) => {
                    let offer = offer.limited_time_offer.as_ref();
                    shown.offer = offer.and_then(|offer| offer.text.clone());
                }
                Component::Buttons(buttons) => {
                    let buttons = buttons.buttons.as_deref().unwrap_or_default();
                    let buttons = buttons.iter().enumerate();
                    shown.buttons = buttons
                        .map(|(index, button)| self.button(index, button))
                        .collect();
                }
                Component::Carousel(carousel) => {
                    let cards = carousel.cards.as_deref().unwrap_or_default();
                    for (index, card) in cards.iter().enumerate() {
                        let filling = Filling {
                            card: Some(index),
                            is_authentication: false,
                            ..*self
                        };
                        let components = card.components.as_deref().unwrap_or_default();
                        shown.cards.push(filling.components(components));
                    }
                }
                _ => {}
            }
        }
        shown
    }

    fn header(&self, header: &Header) -> RenderedHeader {
        let text = header.text.as_deref().unwrap_or_default();
        match (header_format(header), self.at(Part::Header).first()) {
            (Some(HeaderFormat::Text), _) => RenderedHeader::Text(self.fill(text, Part::Header)),
            (Some(HeaderFormat::Location), value) => RenderedHeader::Location(match value {
                Some(Parameter::Location(value)) => Some(value.location.clone()),
                _ => None,
            }),
            (Some(HeaderFormat::Product), value) => RenderedHeader::Product(match value {
                Some(Parameter::Product(value)) => {
                    Some(value.product.product_retailer_id.as_str().to_owned())
                }
                _ => None,
            }),
            (_, value) => RenderedHeader::Media(match value {
                Some(Parameter::Image(value)) => Some(value.image.clone()),
                Some(Parameter::Video(value)) => Some(value.video.clone()),
                Some(Parameter::Gif(value)) => Some(value.gif.clone()),
                Some(Parameter::Document(value)) => Some(value.document.clone()),
                _ => None,
            }),
        }
    }

    fn button(&self, index: usize, button: &Button) -> RenderedButton {
        let part = Part::Button(index);
        let given = self.at(part).first().and_then(|value| words(value));
        let (label, target) = match button {
            Button::QuickReply(button) => (button.text.clone(), given.or(button.text.clone())),
            Button::Url(button) => {
                let url = button.url.as_deref();
                (button.text.clone(), url.map(|url| self.fill(url, part)))
            }
            Button::PhoneNumber(button) => (button.text.clone(), button.phone_number.clone()),
            Button::CopyCode(button) => (button.text.clone(), given),
            Button::Otp(button) => (button.text.clone().or(button.autofill_text.clone()), given),
            Button::Flow(button) => (button.text.clone(), None),
            Button::Catalog(button)
            | Button::MultiProduct(button)
            | Button::SingleProduct(button)
            | Button::VoiceCall(button)
            | Button::OrderDetails(button)
            | Button::RequestContactInfo(button) => (button.text.clone(), None),
            Button::Unknown(_) => (None, None),
        };
        RenderedButton {
            label: label.unwrap_or_default(),
            target,
        }
    }

    fn fill(&self, text: &str, part: Part) -> String {
        let given = self.at(part);
        let wanted = variables(text);
        let mut filled = String::with_capacity(text.len());
        for piece in split(text) {
            let Some((variable, written)) = piece.variable() else {
                if let super::slot::Piece::Words(words) = piece {
                    filled.push_str(words);
                }
                continue;
            };
            let value = match part {
                // A button's only variable may have any number.
                Part::Button(_) => given.first().copied(),
                _ => value_of(&variable, &wanted, given),
            };
            match value.and_then(words) {
                Some(words) => filled.push_str(&words),
                None => filled.push_str(written),
            }
        }
        filled
    }

    fn at(&self, part: Part) -> &[&Parameter] {
        let place = Place {
            card: self.card,
            part,
        };
        self.given.get(&place).map_or(&[], Vec::as_slice)
    }
}

/// A value as words.
fn words(value: &Parameter) -> Option<String> {
    let text = match value {
        Parameter::Text(value) => &value.text,
        Parameter::Currency(value) => &value.currency.fallback_value,
        Parameter::DateTime(value) => &value.date_time.fallback_value,
        Parameter::Payload(value) => &value.payload,
        Parameter::CouponCode(value) => &value.coupon_code,
        _ => return None,
    };
    Some(text.as_str().to_owned())
}
