// Made from template definitions by `waypost templates codegen`: make it again instead of editing it.

/// The template `crate` in `en`.
///
/// ```text
///     {{x}}
/// ```
#[derive(Clone)]
pub struct Crate {
    /// Of body: `{{x}}`.
    pub x: String,
    /// Of card 1, header: an image.
    pub card_1_header_image: ::whatsapp_cloud::message::Media,
    /// Of card 1, body: `{{type}}`.
    pub card_1_type: String,
    /// Of card 1, body: `{{1st}}`.
    pub card_1_1st: String,
}

impl Crate {
    /// The template's name.
    pub const NAME: &'static str = "crate";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::named("x", self.x)])))
            .component(template::Component::Carousel(template::Cards::new([
                template::CardValues::new(0, [] as [template::Component; 0]),
                template::CardValues::new(1, [
                    template::Component::Header(template::Values::new([template::Parameter::image(self.card_1_header_image)])),
                    template::Component::Body(template::Values::new([template::Parameter::named("type", self.card_1_type), template::Parameter::named("1st", self.card_1_1st)])),
                ]),
            ])))
    }
}

impl From<Crate> for ::whatsapp_cloud::message::template::Template {
    fn from(values: Crate) -> Self {
        values.into_template()
    }
}

impl From<Crate> for ::whatsapp_cloud::message::Content {
    fn from(values: Crate) -> Self {
        values.into_template().into()
    }
}

/// The template `2fa` in `en`.
#[derive(Clone)]
pub struct Template2fa {
    /// Of body: `{{1}}`.
    pub body_1: String,
}

impl Template2fa {
    /// The template's name.
    pub const NAME: &'static str = "2fa";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::text(self.body_1.clone())])))
            .component(template::Component::button(0, template::ButtonType::Url, [template::Parameter::text(self.body_1)]))
    }
}

impl From<Template2fa> for ::whatsapp_cloud::message::template::Template {
    fn from(values: Template2fa) -> Self {
        values.into_template()
    }
}

impl From<Template2fa> for ::whatsapp_cloud::message::Content {
    fn from(values: Template2fa) -> Self {
        values.into_template().into()
    }
}

/// The template `clone` in `en`.
#[derive(Clone)]
pub struct TemplateClone {
    /// Of body: `{{1}}`.
    pub body_1: String,
}

impl TemplateClone {
    /// The template's name.
    pub const NAME: &'static str = "clone";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::text(self.body_1.clone())])))
            .component(template::Component::button(0, template::ButtonType::Url, [template::Parameter::text(self.body_1)]))
    }
}

impl From<TemplateClone> for ::whatsapp_cloud::message::template::Template {
    fn from(values: TemplateClone) -> Self {
        values.into_template()
    }
}

impl From<TemplateClone> for ::whatsapp_cloud::message::Content {
    fn from(values: TemplateClone) -> Self {
        values.into_template().into()
    }
}

/// The template `from` in `en`.
///
/// ```text
///      no variable  
/// ```
#[derive(Clone)]
pub struct TemplateFrom;

impl TemplateFrom {
    /// The template's name.
    pub const NAME: &'static str = "from";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        let Self = self;
        template::Template::named(Self::NAME, language)
    }
}

impl From<TemplateFrom> for ::whatsapp_cloud::message::template::Template {
    fn from(values: TemplateFrom) -> Self {
        values.into_template()
    }
}

impl From<TemplateFrom> for ::whatsapp_cloud::message::Content {
    fn from(values: TemplateFrom) -> Self {
        values.into_template().into()
    }
}

/// The template `into` in `en_US`.
///
/// ```text
///     {{1}} {{3}} {{1}}
/// ```
#[derive(Clone)]
pub struct TemplateInto {
    /// Of body: `{{1}}`.
    pub body_1: String,
    /// Of body: `{{3}}`.
    pub body_3: String,
}

impl TemplateInto {
    /// The template's name.
    pub const NAME: &'static str = "into";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en_US";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::text(self.body_1), template::Parameter::text(self.body_3)])))
    }
}

impl From<TemplateInto> for ::whatsapp_cloud::message::template::Template {
    fn from(values: TemplateInto) -> Self {
        values.into_template()
    }
}

impl From<TemplateInto> for ::whatsapp_cloud::message::Content {
    fn from(values: TemplateInto) -> Self {
        values.into_template().into()
    }
}

/// The template `self` in `419`, `pt-BR`.
///
/// ```text
///     {{1}}
/// ```
#[derive(Clone)]
pub struct TemplateSelf {
    /// Of body: `{{1}}`.
    pub body_1: String,
}

/// The languages of [`TemplateSelf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateSelfLanguage {
    /// `419`.
    Template419,
    /// `pt-BR`.
    PtBr,
}

impl TemplateSelf {
    /// The template's name.
    pub const NAME: &'static str = "self";

    /// The template with these values, in this language.
    pub fn in_language(self, language: TemplateSelfLanguage) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = match language {
            TemplateSelfLanguage::Template419 => "419",
            TemplateSelfLanguage::PtBr => "pt-BR",
        };
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::text(self.body_1)])))
    }
}

/// The template `string` in `en`.
///
/// ```text
///     {{type}} {{Type}} {{self}} {{1st}} {{_}} {{button_1_url}} {{gen}} {{größe}}
/// ```
#[derive(Clone)]
pub struct TemplateString {
    /// Of header: `{{type}}`.
    pub r#type: String,
    /// Of body: `{{type}}`.
    pub r#type_: String,
    /// Of body: `{{Type}}`.
    pub r#type__: String,
    /// Of body: `{{self}}`.
    pub self_value: String,
    /// Of body: `{{1st}}`.
    pub value_1st: String,
    /// Of body: `{{_}}`.
    pub value_: String,
    /// Of body: `{{button_1_url}}`.
    pub button_1_url: String,
    /// Of body: `{{gen}}`.
    pub r#gen: String,
    /// Of button 1: the end of the address.
    pub button_1_url_: String,
}

impl TemplateString {
    /// The template's name.
    pub const NAME: &'static str = "string";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Header(template::Values::new([template::Parameter::named("type", self.r#type)])))
            .component(template::Component::Body(template::Values::new([template::Parameter::named("type", self.r#type_), template::Parameter::named("Type", self.r#type__), template::Parameter::named("self", self.self_value), template::Parameter::named("1st", self.value_1st), template::Parameter::named("_", self.value_), template::Parameter::named("button_1_url", self.button_1_url), template::Parameter::named("gen", self.r#gen)])))
            .component(template::Component::button(1, template::ButtonType::Url, [template::Parameter::text(self.button_1_url_)]))
    }
}

impl From<TemplateString> for ::whatsapp_cloud::message::template::Template {
    fn from(values: TemplateString) -> Self {
        values.into_template()
    }
}

impl From<TemplateString> for ::whatsapp_cloud::message::Content {
    fn from(values: TemplateString) -> Self {
        values.into_template().into()
    }
}
