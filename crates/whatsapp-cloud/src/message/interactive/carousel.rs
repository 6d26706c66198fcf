//! Carousels: cards side by side, each with a link, quick replies or a product.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::choice::{Choice, QuickReply, ReplyButton, ReplyButtons};
use super::link::CtaUrl;
use super::product::Product;
use super::{Header, TextPart};
use crate::limits::Violation;
use crate::message::media::Media;
use crate::message::part::{Named, parts};
use crate::open::{self, At, Extra, Fit, fit};

parts! {
    /// Cards side by side.
    Carousel {
        /// Two to ten, all of one kind.
        cards: Vec<Card>,
    }

    /// One card.
    Card {
        /// Its place, from 0.
        card_index: open::Whole,
        /// `cta_url` or `product`.
        r#type: open::Text,
        /// What one can do with it.
        action: CardAction,
        ;
        /// An image or a video.
        header: Header,
        /// At most 160 characters and two line breaks.
        body: TextPart,
    }
}

/// What one can do with a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum CardAction {
    /// Open a web page.
    Url(Named<CtaUrl>),
    /// Answer.
    Replies(ReplyButtons),
    /// Look at a product.
    Product(Product),
    /// What this version does not know, as it came.
    Unknown(Extra),
}

impl Fit for CardAction {
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
        let Some(object) = fit::object(value, at, found) else {
            return;
        };
        let fits = if object.contains_key("parameters") {
            Named::<CtaUrl>::fit
        } else if object.contains_key("buttons") {
            ReplyButtons::fit
        } else if object.contains_key("product_retailer_id") {
            Product::fit
        } else {
            return;
        };
        fits(value, at, found);
    }
}

impl Card {
    /// A card with an image or a video and a link.
    pub fn link(header: Header, button: CtaUrl) -> Self {
        let action = Named::new("cta_url", Some(button));
        Self::new(0, "cta_url", CardAction::Url(action)).header(header)
    }

    /// A card with an image or a video and buttons that answer.
    pub fn replies(header: Header, buttons: impl IntoIterator<Item = Choice>) -> Self {
        let buttons = buttons
            .into_iter()
            .map(|choice| ReplyButton::QuickReply(QuickReply::new(choice)));
        let action = ReplyButtons::new(buttons.collect::<Vec<_>>());
        Self::new(0, "cta_url", CardAction::Replies(action)).header(header)
    }

    /// A card of a product.
    pub fn product(product: Product) -> Self {
        Self::new(0, "product", CardAction::Product(product))
    }

    /// A card with an image at this link, and a button that opens a page.
    pub fn image_link(image: impl Into<String>, button: CtaUrl) -> Self {
        Self::link(Header::image(Media::link(image)), button)
    }
}
