// Made from template definitions by `waypost templates codegen`: make it again instead of editing it.

/// The template `hello` in `en_US`.
///
/// ```text
///     Hello!
/// ```
#[derive(Clone)]
pub struct Hello;

impl Hello {
    /// The template's name.
    pub const NAME: &'static str = "hello";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en_US";
        let Self = self;
        template::Template::named(Self::NAME, language)
    }
}

impl From<Hello> for ::whatsapp_cloud::message::template::Template {
    fn from(values: Hello) -> Self {
        values.into_template()
    }
}

impl From<Hello> for ::whatsapp_cloud::message::Content {
    fn from(values: Hello) -> Self {
        values.into_template().into()
    }
}

/// The template `login_code` in `en`.
#[derive(Clone)]
pub struct LoginCode {
    /// Of body: `{{1}}`.
    pub body_1: String,
}

impl LoginCode {
    /// The template's name.
    pub const NAME: &'static str = "login_code";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::text(self.body_1.clone())])))
            .component(template::Component::button(0, template::ButtonType::Url, [template::Parameter::text(self.body_1)]))
    }
}

impl From<LoginCode> for ::whatsapp_cloud::message::template::Template {
    fn from(values: LoginCode) -> Self {
        values.into_template()
    }
}

impl From<LoginCode> for ::whatsapp_cloud::message::Content {
    fn from(values: LoginCode) -> Self {
        values.into_template().into()
    }
}

/// The template `new_pots` in `en`.
///
/// ```text
///     New for you, {{1}}:
/// ```
#[derive(Clone)]
pub struct NewPots {
    /// Of body: `{{1}}`.
    pub body_1: String,
    /// Of card 0, header: an image.
    pub card_0_header_image: ::whatsapp_cloud::message::Media,
    /// Of card 0, body: `{{1}}`.
    pub card_0_body_1: String,
    /// Of card 0, button 1: the end of the address.
    pub card_0_button_1_url: String,
    /// Of card 1, header: an image.
    pub card_1_header_image: ::whatsapp_cloud::message::Media,
    /// Of card 1, button 1: the end of the address.
    pub card_1_button_1_url: String,
}

impl NewPots {
    /// The template's name.
    pub const NAME: &'static str = "new_pots";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::text(self.body_1)])))
            .component(template::Component::Carousel(template::Cards::new([
                template::CardValues::new(0, [
                    template::Component::Header(template::Values::new([template::Parameter::image(self.card_0_header_image)])),
                    template::Component::Body(template::Values::new([template::Parameter::text(self.card_0_body_1)])),
                    template::Component::button(1, template::ButtonType::Url, [template::Parameter::text(self.card_0_button_1_url)]),
                ]),
                template::CardValues::new(1, [
                    template::Component::Header(template::Values::new([template::Parameter::image(self.card_1_header_image)])),
                    template::Component::button(1, template::ButtonType::Url, [template::Parameter::text(self.card_1_button_1_url)]),
                ]),
            ])))
    }
}

impl From<NewPots> for ::whatsapp_cloud::message::template::Template {
    fn from(values: NewPots) -> Self {
        values.into_template()
    }
}

impl From<NewPots> for ::whatsapp_cloud::message::Content {
    fn from(values: NewPots) -> Self {
        values.into_template().into()
    }
}

/// The template `order_sent` in `en`, `de`.
///
/// ```text
///     Hello {{first_name}},
///     your order comes on {{day}}.
/// ```
#[derive(Clone)]
pub struct OrderSent {
    /// Of body: `{{first_name}}`.
    pub first_name: String,
    /// Of body: `{{day}}`.
    pub day: String,
    /// Of button 1: the end of the address.
    pub button_1_url: String,
}

/// The languages of [`OrderSent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderSentLanguage {
    /// `en`.
    En,
    /// `de`.
    De,
}

impl OrderSent {
    /// The template's name.
    pub const NAME: &'static str = "order_sent";

    /// The template with these values, in this language.
    pub fn in_language(self, language: OrderSentLanguage) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = match language {
            OrderSentLanguage::En => "en",
            OrderSentLanguage::De => "de",
        };
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::named("first_name", self.first_name), template::Parameter::named("day", self.day)])))
            .component(template::Component::button(1, template::ButtonType::Url, [template::Parameter::text(self.button_1_url)]))
    }
}

/// The template `order_sent` in `pt_BR`.
///
/// ```text
///     Oi {{first_name}}, o pedido chega {{day}}. Tipo: {{type}}.
/// ```
#[derive(Clone)]
pub struct OrderSentPtBr {
    /// Of body: `{{first_name}}`.
    pub first_name: String,
    /// Of body: `{{day}}`.
    pub day: String,
    /// Of body: `{{type}}`.
    pub r#type: String,
}

impl OrderSentPtBr {
    /// The template's name.
    pub const NAME: &'static str = "order_sent";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "pt_BR";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::named("first_name", self.first_name), template::Parameter::named("day", self.day), template::Parameter::named("type", self.r#type)])))
    }
}

impl From<OrderSentPtBr> for ::whatsapp_cloud::message::template::Template {
    fn from(values: OrderSentPtBr) -> Self {
        values.into_template()
    }
}

impl From<OrderSentPtBr> for ::whatsapp_cloud::message::Content {
    fn from(values: OrderSentPtBr) -> Self {
        values.into_template().into()
    }
}

/// The template `spring_offer` in `en`.
///
/// ```text
///     {{1}} off for {{2}}.
/// ```
#[derive(Clone)]
pub struct SpringOffer {
    /// Of header: an image.
    pub header_image: ::whatsapp_cloud::message::Media,
    /// Of limited-time offer: the end of the offer.
    pub offer_ends_ms: i64,
    /// Of body: `{{1}}`.
    pub body_1: String,
    /// Of body: `{{2}}`.
    pub body_2: String,
    /// Of button 0: a coupon code.
    pub button_0_code: String,
    /// Of button 1: the end of the address.
    pub button_1_url: String,
}

impl SpringOffer {
    /// The template's name.
    pub const NAME: &'static str = "spring_offer";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Header(template::Values::new([template::Parameter::image(self.header_image)])))
            .component(template::Component::LimitedTimeOffer(template::Values::new([template::Parameter::offer_ends(self.offer_ends_ms)])))
            .component(template::Component::Body(template::Values::new([template::Parameter::text(self.body_1), template::Parameter::text(self.body_2)])))
            .component(template::Component::button(0, template::ButtonType::CopyCode, [template::Parameter::coupon_code(self.button_0_code)]))
            .component(template::Component::button(1, template::ButtonType::Url, [template::Parameter::text(self.button_1_url)]))
    }
}

impl From<SpringOffer> for ::whatsapp_cloud::message::template::Template {
    fn from(values: SpringOffer) -> Self {
        values.into_template()
    }
}

impl From<SpringOffer> for ::whatsapp_cloud::message::Content {
    fn from(values: SpringOffer) -> Self {
        values.into_template().into()
    }
}
