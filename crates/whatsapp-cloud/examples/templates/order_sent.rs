// Made from template definitions by `waypost templates codegen`: make it again instead of editing it.

/// The template `order_sent` in `en`.
///
/// ```text
///     Hello {{first_name}}, your pots arrive on {{day}}.
/// ```
#[derive(Clone)]
pub struct OrderSent {
    /// Of body: `{{first_name}}`.
    pub first_name: String,
    /// Of body: `{{day}}`.
    pub day: String,
    /// Of button 0: the end of the address.
    pub button_0_url: String,
}

impl OrderSent {
    /// The template's name.
    pub const NAME: &'static str = "order_sent";

    /// The template with these values, in its only language.
    pub fn into_template(self) -> ::whatsapp_cloud::message::template::Template {
        use ::whatsapp_cloud::message::template;

        let language = "en";
        template::Template::named(Self::NAME, language)
            .component(template::Component::Body(template::Values::new([template::Parameter::named("first_name", self.first_name), template::Parameter::named("day", self.day)])))
            .component(template::Component::button(0, template::ButtonType::Url, [template::Parameter::text(self.button_0_url)]))
    }
}

impl From<OrderSent> for ::whatsapp_cloud::message::template::Template {
    fn from(values: OrderSent) -> Self {
        values.into_template()
    }
}

impl From<OrderSent> for ::whatsapp_cloud::message::Content {
    fn from(values: OrderSent) -> Self {
        values.into_template().into()
    }
}
