//! Template messages: which template, in which language, and the values of its variables.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>
//!
//! What a template is made of is in [`crate::template::definition`]; whether the values fit it, and what they look like in it,
//! in [`crate::template`].

use super::contacts::Location;
use super::interactive::{OrderDetails, OrderStatus, Product, ProductSection};
use super::media::Media;
use super::part::parts;
use crate::open::members::members;
use crate::open::{self, Extra, open_enums, open_unions};

parts! {
    /// A template and the values of its variables.
    Template {
        /// Its name, at most 512 characters.
        name: open::Text,
        /// Its language.
        language: Language,
        ;
        /// Values; none where it has no variables.
        components: Vec<Component>,
    }

    /// A language a template was approved in.
    Language {
        /// `en`, `pt_BR`.
        code: open::Text,
        ;
        /// `deterministic`, the only one there is.
        policy: open::Text,
    }

    /// Values of a button.
    ButtonValues {
        /// What kind of button it is.
        sub_type: ButtonType,
        /// One.
        parameters: Vec<Parameter>,
        ;
        /// Its place among the template's buttons, from 0.
        index: open::Text,
    }

    /// Values of cards.
    Cards {
        /// As many as the template has, in order.
        cards: Vec<CardValues>,
    }

    /// Values of a card.
    CardValues {
        /// Its place, from 0.
        card_index: open::Whole,
        /// Its header's, body's and buttons'.
        components: Vec<Component>,
    }
}

/// Values in the order of their variables, or with their names.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Values {
    /// One for each variable; Meta does without where there are none.
    pub parameters: Vec<Parameter>,
    /// Members this version does not know.
    pub extra: Extra,
}

members! {
    Values { ; ; parameters: Vec<Parameter>, }
}

impl Values {
    /// These.
    pub fn new(parameters: impl Into<Vec<Parameter>>) -> Self {
        Self {
            parameters: parameters.into(),
            extra: Extra::default(),
        }
    }
}

open_unions! {
    /// Values for one component of the template.
    Component {
        Header(Values) = "header",
        Body(Values) = "body",
        Button(ButtonValues) = "button",
        LimitedTimeOffer(Values) = "limited_time_offer",
        Carousel(Cards) = "carousel",
        /// What has become of an order.
        OrderStatus(Values) = "order_status",
        /// The title and link shown when the message is tapped.
        TapTarget(Values) = "tap_target_configuration",
    }

    /// A value for one variable.
    Parameter {
        Text(TextValue) = "text",
        /// An amount of money, written as its recipient's country does.
        Currency(CurrencyValue) = "currency",
        /// A time. Meta shows the fallback.
        DateTime(DateTimeValue) = "date_time",
        Image(ImageValue) = "image",
        Video(VideoValue) = "video",
        /// Marketing messages only.
        Gif(GifValue) = "gif",
        Document(DocumentValue) = "document",
        Location(LocationValue) = "location",
        Product(ProductValue) = "product",
        /// What a button answers.
        Payload(PayloadValue) = "payload",
        /// What a button copies.
        CouponCode(CouponCodeValue) = "coupon_code",
        /// When an offer ends.
        LimitedTimeOffer(OfferValue) = "limited_time_offer",
        /// What a flow, catalogue, products or order button does.
        Action(ActionValue) = "action",
        /// How long a call button works.
        TtlMinutes(TtlMinutesValue) = "ttl_minutes",
        /// What has become of an order.
        OrderStatus(OrderStatusValue) = "order_status",
        /// The title and link shown when the message is tapped.
        TapTarget(TapTargetValue) = "tap_target_configuration",
    }
}

open_enums! {
    /// What kind of button values are for. Meta reads either case.
    ButtonType {
        QuickReply = "quick_reply",
        Url = "url",
        CopyCode = "copy_code",
        Flow = "flow",
        Catalog = "catalog",
        MultiProduct = "mpm",
        VoiceCall = "voice_call",
        OrderDetails = "order_details",
    }
}

parts! {
    /// Words.
    TextValue {
        /// The words.
        text: open::Text,
        ;
        /// The variable's name, where variables have names.
        parameter_name: open::Text,
        /// Payments in India: whether the link is shown as a payment.
        payment_link_preview: bool,
    }

    /// An amount of money.
    CurrencyValue {
        /// The amount.
        currency: Currency,
        ;
        /// The variable's name, where variables have names.
        parameter_name: open::Text,
    }

    /// An amount of money.
    Currency {
        /// What is shown where it cannot be written otherwise.
        fallback_value: open::Text,
        /// ISO 4217: `EUR`.
        code: open::Text,
        /// In thousandths.
        amount_1000: open::Whole,
    }

    /// A time.
    DateTimeValue {
        /// The time.
        date_time: DateTime,
        ;
        /// The variable's name, where variables have names.
        parameter_name: open::Text,
    }

    /// A time; Meta shows what `fallback_value` says.
    DateTime {
        /// The time as it is shown.
        fallback_value: open::Text,
    }

    /// An image.
    ImageValue {
        /// The image.
        image: Media,
    }

    /// A video.
    VideoValue {
        /// The video.
        video: Media,
    }

    /// A GIF: an MP4 file of at most 3.5 MB.
    GifValue {
        /// The file.
        gif: Media,
    }

    /// A document.
    DocumentValue {
        /// The document.
        document: Media,
    }

    /// A place.
    LocationValue {
        /// The place.
        location: Location,
    }

    /// A product.
    ProductValue {
        /// The product.
        product: Product,
    }

    /// What a button answers.
    PayloadValue {
        /// Comes back in the webhook.
        payload: open::Text,
    }

    /// What a button copies.
    CouponCodeValue {
        /// At most 20 characters.
        coupon_code: open::Text,
    }

    /// When an offer ends.
    OfferValue {
        /// When.
        limited_time_offer: OfferEnd,
    }

    /// When an offer ends.
    OfferEnd {
        /// In milliseconds since 1970.
        expiration_time_ms: open::Whole,
    }

    /// What a button does.
    ActionValue {
        /// What.
        action: ButtonAction,
    }

    /// What a flow, catalogue, products or order button does.
    #[derive(Default)]
    ButtonAction {
        ;
        /// Flows: comes back with the answer.
        flow_token: open::Text,
        /// Flows: what the first screen is given.
        flow_action_data: Extra,
        /// Catalogues and products: whose image is shown.
        thumbnail_product_retailer_id: open::Text,
        /// Products: one to ten sections with at most thirty products together.
        sections: Vec<ProductSection>,
        /// Orders: the order.
        order_details: Box<OrderDetails>,
    }

    /// How long a call button works.
    TtlMinutesValue {
        /// 1 to 43,200.
        ttl_minutes: open::Whole,
    }

    /// What has become of an order.
    OrderStatusValue {
        /// The order.
        order_status: OrderStatus,
    }

    /// What is shown when the message is tapped.
    TapTargetValue {
        /// One.
        tap_target_configuration: Vec<TapTarget>,
    }

    /// A title and a link.
    TapTarget {
        /// Where it leads.
        url: open::Text,
        /// What it is called.
        title: open::Text,
    }
}

impl Template {
    /// The template with this name in this language, such as `en` or `pt_BR`.
    pub fn named(name: impl Into<String>, language: impl Into<String>) -> Self {
        Self::new(name.into(), Language::new(language.into()))
    }

    /// With this value for its header.
    #[must_use]
    pub fn header(self, value: impl Into<Parameter>) -> Self {
        self.component(Component::Header(Values::new([value.into()])))
    }

    /// With these values for its body.
    #[must_use]
    pub fn body<P: Into<Parameter>>(self, values: impl IntoIterator<Item = P>) -> Self {
        let values: Vec<_> = values.into_iter().map(Into::into).collect();
        self.component(Component::Body(Values::new(values)))
    }

    /// With this value for the button at this place, from 0.
    #[must_use]
    pub fn button(self, index: usize, kind: ButtonType, value: impl Into<Parameter>) -> Self {
        self.component(Component::button(index, kind, [value.into()]))
    }

    /// With values for one more component.
    #[must_use]
    pub fn component(mut self, component: Component) -> Self {
        self.components.get_or_insert_with(Vec::new).push(component);
        self
    }
}

impl Component {
    /// Values for the button at this place, from 0.
    pub fn button(
        index: usize,
        kind: ButtonType,
        values: impl IntoIterator<Item = Parameter>,
    ) -> Self {
        let values: Vec<_> = values.into_iter().collect();
        Self::Button(ButtonValues::new(kind, values).index(index.to_string()))
    }
}

impl Parameter {
    /// Words for a numbered variable.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextValue::new(text.into()))
    }

    /// Words for the variable with this name.
    pub fn named(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text(TextValue::new(text.into()).parameter_name(name.into()))
    }

    /// An amount of money in thousandths.
    pub fn currency(
        fallback: impl Into<String>,
        code: impl Into<String>,
        amount_1000: i64,
    ) -> Self {
        let currency = Currency::new(fallback.into(), code.into(), amount_1000);
        Self::Currency(CurrencyValue::new(currency))
    }

    /// An image.
    pub fn image(image: Media) -> Self {
        Self::Image(ImageValue::new(image))
    }

    /// A video.
    pub fn video(video: Media) -> Self {
        Self::Video(VideoValue::new(video))
    }

    /// A GIF.
    pub fn gif(gif: Media) -> Self {
        Self::Gif(GifValue::new(gif))
    }

    /// A document.
    pub fn document(document: Media) -> Self {
        Self::Document(DocumentValue::new(document))
    }

    /// A place.
    pub fn location(location: Location) -> Self {
        Self::Location(LocationValue::new(location))
    }

    /// A product.
    pub fn product(product: Product) -> Self {
        Self::Product(ProductValue::new(product))
    }

    /// What a quick reply answers.
    pub fn payload(payload: impl Into<String>) -> Self {
        Self::Payload(PayloadValue::new(payload.into()))
    }

    /// What a button copies.
    pub fn coupon_code(code: impl Into<String>) -> Self {
        Self::CouponCode(CouponCodeValue::new(code.into()))
    }

    /// When an offer ends, in milliseconds since 1970.
    pub fn offer_ends(expiration_time_ms: i64) -> Self {
        Self::LimitedTimeOffer(OfferValue::new(OfferEnd::new(expiration_time_ms)))
    }

    /// What a flow, catalogue, products or order button does.
    pub fn action(action: ButtonAction) -> Self {
        Self::Action(ActionValue::new(action))
    }
}

/// Words.
impl<T: Into<String>> From<T> for Parameter {
    fn from(text: T) -> Self {
        Self::text(text)
    }
}
