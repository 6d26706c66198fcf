//! Interactive messages: a frame of header, body and footer around an action.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages> and its neighbours
//!
//! To add a kind: its action's parts in a file of this folder, one line in `actions!`, one constructor here, its limits in
//! `message/limits.rs`.

mod address;
mod carousel;
mod choice;
mod link;
mod order;
mod product;

use serde::de::Error as _;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub use address::{AddressRequest, AddressValues, SavedAddress};
pub use carousel::{Card, CardAction, Carousel};
pub use choice::{Choice, List, QuickReply, Reply, ReplyButton, ReplyButtons, Row, Section};
pub use link::{CtaUrl, Flow, FlowAction, FlowMode, FlowScreen, VoiceCall};
pub use order::{
    Amount, Expiration, GoodsType, ImporterAddress, Item, ItemImage, Order, OrderDetails,
    OrderProgress, OrderState, OrderStatus, Price, ShippingInfo,
};
pub use product::{Catalog, Product, ProductItem, ProductList, ProductSection};

use super::media::Media;
use super::part::{Named, TextPart, parts};
use crate::limits::Violation;
use crate::open::members::may;
use crate::open::{self, At, Extra, Fit, fit, open_unions};

/// A message that someone can act upon.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Interactive {
    /// Above the body. Carousels, requests and some others have none.
    pub header: Option<Header>,
    /// The text itself; only a single product does without.
    pub body: Option<TextPart>,
    /// Below the body, at most 60 characters.
    pub footer: Option<TextPart>,
    /// What one can do.
    pub action: Action,
    /// Members this version does not know.
    pub extra: Extra,
}

open_unions! {
    /// What stands above the body.
    Header {
        Text(HeaderText) = "text",
        Image(HeaderImage) = "image",
        Video(HeaderVideo) = "video",
        Document(HeaderDocument) = "document",
    }
}

parts! {
    /// A header of text.
    HeaderText {
        /// At most 60 characters.
        text: open::Text,
    }

    /// A header that is an image.
    HeaderImage {
        /// The image.
        image: Media,
    }

    /// A header that is a video.
    HeaderVideo {
        /// The video.
        video: Media,
    }

    /// A header that is a document.
    HeaderDocument {
        /// The document.
        document: Media,
    }
}

impl Header {
    /// A header of text, at most 60 characters.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(HeaderText::new(text.into()))
    }

    /// A header that is an image.
    pub fn image(image: Media) -> Self {
        Self::Image(HeaderImage::new(image))
    }

    /// A header that is a video.
    pub fn video(video: Media) -> Self {
        Self::Video(HeaderVideo::new(video))
    }

    /// A header that is a document.
    pub fn document(document: Media) -> Self {
        Self::Document(HeaderDocument::new(document))
    }
}

/// The action under `action`, whose shape the `type` beside it decides.
macro_rules! actions {
    ($($(#[$meta:meta])* $variant:ident($action:ty) = $text:literal,)*) => {
        /// What one can do with an interactive message.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Action {
            $($(#[$meta])* $variant($action),)*
            /// Of a type this version does not know, as it came: under `type` the type, under `action` the rest.
            Unknown(Extra),
        }

        impl Action {
            /// The type as Meta writes it.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $text,)*
                    Self::Unknown(object) => object.0.get("type").and_then(Value::as_str).unwrap_or(""),
                }
            }

            fn read(kind: &str, action: Value) -> Result<Self, serde_json::Error> {
                $(if kind.eq_ignore_ascii_case($text) {
                    return <$action>::deserialize(action).map(Self::$variant);
                })*
                let object = [("type", kind.into()), ("action", action)];
                let object = object.map(|(key, value)| (key.to_owned(), value));
                Ok(Self::Unknown(Extra(object.into_iter().collect())))
            }

            fn fit(kind: &str, members: &Map<String, Value>, at: At<'_>, found: &mut Vec<Violation>) {
                $(if kind.eq_ignore_ascii_case($text) {
                    fit::must::<$action>(members, "action", at, found);
                })*
            }

            fn write(&self) -> Result<Value, serde_json::Error> {
                match self {
                    $(Self::$variant(action) => serde_json::to_value(action),)*
                    Self::Unknown(object) => Ok(object.0.get("action").cloned().unwrap_or_default()),
                }
            }
        }
    };
}

actions! {
    /// One to three buttons that answer.
    Buttons(ReplyButtons) = "button",
    /// Up to ten rows behind a button.
    List(List) = "list",
    /// A button that opens a web page.
    CtaUrl(Named<CtaUrl>) = "cta_url",
    /// A button that sends where one is.
    LocationRequest(Named<Extra>) = "location_request_message",
    /// A button that opens a flow.
    Flow(Named<Flow>) = "flow",
    /// One product of the catalogue.
    Product(Product) = "product",
    /// Up to thirty products of the catalogue.
    ProductList(ProductList) = "product_list",
    /// The whole catalogue.
    Catalog(Named<Catalog>) = "catalog_message",
    /// Two to ten cards.
    Carousel(Carousel) = "carousel",
    /// A form for a postal address (India).
    Address(Named<AddressRequest>) = "address_message",
    /// Asks for the permission to call: once in 24 hours, twice in 7 days to one person.
    CallPermission(Named<Extra>) = "call_permission_request",
    /// A button that calls the business in WhatsApp.
    VoiceCall(Named<VoiceCall>) = "voice_call",
    /// Asks for someone's phone number.
    ContactRequest(Named<Extra>) = "contact_request",
    /// An order to review and pay (Brazil, India, Singapore).
    OrderDetails(Box<Named<OrderDetails>>) = "order_details",
    /// What has become of an order.
    OrderStatus(Named<OrderStatus>) = "order_status",
}

impl Interactive {
    /// One to three buttons below a text of at most 1,024 characters.
    pub fn buttons(body: impl Into<TextPart>, buttons: impl IntoIterator<Item = Choice>) -> Self {
        let buttons = buttons.into_iter().map(ReplyButton::from);
        let buttons = ReplyButtons::new(buttons.collect::<Vec<_>>());
        Self::new(body, Action::Buttons(buttons))
    }

    /// Up to ten rows, shown by a button below a text of at most 4,096 characters.
    pub fn list(body: impl Into<TextPart>, list: List) -> Self {
        Self::new(body, Action::List(list))
    }

    /// A button that opens a web page.
    pub fn cta_url(body: impl Into<TextPart>, button: CtaUrl) -> Self {
        let action = Named::new("cta_url", Some(button));
        Self::new(body, Action::CtaUrl(action))
    }

    /// Asks where someone is.
    pub fn location_request(body: impl Into<TextPart>) -> Self {
        let action = Named::new("send_location", None);
        Self::new(body, Action::LocationRequest(action))
    }

    /// A button that opens a flow.
    pub fn flow(body: impl Into<TextPart>, flow: Flow) -> Self {
        Self::new(body, Action::Flow(Named::new("flow", Some(flow))))
    }

    /// One product, with or without words.
    pub fn product(body: Option<TextPart>, product: Product) -> Self {
        Self {
            body,
            ..Self::framed(Action::Product(product))
        }
    }

    /// Up to thirty products; needs a header of text.
    pub fn product_list(
        header: impl Into<String>,
        body: impl Into<TextPart>,
        products: ProductList,
    ) -> Self {
        Self::new(body, Action::ProductList(products)).header(Header::text(header))
    }

    /// A button that opens the catalogue.
    pub fn catalog(body: impl Into<TextPart>, catalog: Catalog) -> Self {
        let action = Named::new("catalog_message", Some(catalog));
        Self::new(body, Action::Catalog(action))
    }

    /// Two to ten cards, numbered from 0 in the order given.
    pub fn carousel(body: impl Into<TextPart>, cards: impl IntoIterator<Item = Card>) -> Self {
        let cards = (0_i64..).zip(cards).map(|(index, card)| Card {
            card_index: index.into(),
            ..card
        });
        let cards = Carousel::new(cards.collect::<Vec<_>>());
        Self::new(body, Action::Carousel(cards))
    }

    /// Asks for a postal address; only in India.
    pub fn address(body: impl Into<TextPart>, request: AddressRequest) -> Self {
        let action = Named::new("address_message", Some(request));
        Self::new(body, Action::Address(action))
    }

    /// Asks for the permission to call.
    pub fn call_permission(body: impl Into<TextPart>) -> Self {
        let action = Named::new("call_permission_request", None);
        Self::new(body, Action::CallPermission(action))
    }

    /// A button that calls the business.
    pub fn voice_call(body: impl Into<TextPart>, button: VoiceCall) -> Self {
        let action = Named::new("voice_call", Some(button));
        Self::new(body, Action::VoiceCall(action))
    }

    /// Asks for someone's phone number.
    pub fn contact_request(body: impl Into<TextPart>) -> Self {
        let action = Named::new("request_contact_info", None);
        Self::new(body, Action::ContactRequest(action))
    }

    /// An order to review and pay.
    pub fn order_details(body: impl Into<TextPart>, order: OrderDetails) -> Self {
        let action = Named::new("review_and_pay", Some(order));
        Self::new(body, Action::OrderDetails(Box::new(action)))
    }

    /// What has become of an order.
    pub fn order_status(body: impl Into<TextPart>, status: OrderStatus) -> Self {
        let action = Named::new("review_order", Some(status));
        Self::new(body, Action::OrderStatus(action))
    }

    /// With this above the body.
    #[must_use]
    pub fn header(mut self, header: Header) -> Self {
        self.header = Some(header);
        self
    }

    /// With this below the body, at most 60 characters.
    #[must_use]
    pub fn footer(mut self, footer: impl Into<TextPart>) -> Self {
        self.footer = Some(footer.into());
        self
    }

    fn new(body: impl Into<TextPart>, action: Action) -> Self {
        Self {
            body: Some(body.into()),
            ..Self::framed(action)
        }
    }

    fn framed(action: Action) -> Self {
        Self {
            header: None,
            body: None,
            footer: None,
            action,
            extra: Extra::default(),
        }
    }
}

impl Serialize for Interactive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.extra.0.contains_key("type") {
            map.serialize_entry("type", self.action.kind())?;
        }
        if let Some(header) = &self.header {
            map.serialize_entry("header", header)?;
        }
        if let Some(body) = &self.body {
            map.serialize_entry("body", body)?;
        }
        if let Some(footer) = &self.footer {
            map.serialize_entry("footer", footer)?;
        }
        let action = self.action.write().map_err(S::Error::custom)?;
        map.serialize_entry("action", &action)?;
        let is_set = |key: &str| match key {
            "header" => self.header.is_some(),
            "body" => self.body.is_some(),
            "footer" => self.footer.is_some(),
            _ => false,
        };
        for (key, value) in &self.extra.0 {
            // A `null` that was read stays until its member is set.
            if !is_set(key) {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

impl Fit for Interactive {
    fn fit(value: &Value, at: At<'_>, found: &mut Vec<Violation>) {
        let Some(members) = fit::object(value, at, found) else {
            return;
        };
        fit::must::<open::Text>(members, "type", at, found);
        fit::may::<Header>(members, "header", at, found);
        fit::may::<TextPart>(members, "body", at, found);
        fit::may::<TextPart>(members, "footer", at, found);
        let kind = members.get("type").and_then(Value::as_str);
        Action::fit(kind.unwrap_or_default(), members, at, found);
    }
}

impl<'de> Deserialize<'de> for Interactive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        let kind = match members.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            _ => return Err(D::Error::custom("`type` is missing")),
        };
        let action = members.shift_remove("action").unwrap_or_default();
        let action = Action::read(&kind, action).map_err(D::Error::custom)?;
        // Kept only where it was spelt differently, so that it is written as it came.
        if action.kind() == kind {
            members.shift_remove("type");
        }
        Ok(Self {
            header: may(&mut members, "header").map_err(D::Error::custom)?,
            body: may(&mut members, "body").map_err(D::Error::custom)?,
            footer: may(&mut members, "footer").map_err(D::Error::custom)?,
            action,
            extra: Extra(members),
        })
    }
}
