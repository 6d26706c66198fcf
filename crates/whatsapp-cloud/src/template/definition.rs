//! What a template is made of: a definition, its components, their buttons and cards.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components>
//!
//! The same types are written when a template is created or edited and read when it is fetched. Meta takes type names in
//! either case; ours are upper case, and what was read keeps its spelling.
//!
//! **Invariant:** reading a definition and writing it again gives the same JSON value; what this version does not know, or
//! what has another shape, is kept.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::open::fit::scalars;
use crate::open::members::members;
use crate::open::{Extra, Field, Whole, open_enums, open_unions};

/// A template as its author wrote it. End a literal with `..Definition::default()`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Definition {
    /// Lower-case letters, digits and underscores; at most 512 characters. Free again 30 days after a deletion.
    pub name: String,
    /// A language and perhaps a country: `en`, `pt_BR`.
    pub language: String,
    /// What it is for; decides its price.
    pub category: Option<Category>,
    /// A finer division, where Meta has one.
    pub sub_category: Option<String>,
    /// Whether its variables have names or numbers; numbers where absent.
    pub parameter_format: Option<ParameterFormat>,
    /// At most one of each kind.
    pub components: Vec<Component>,
    /// How long Meta tries to deliver, in seconds: authentication 30–900, utility 30–43,200, marketing 43,200–2,592,000.
    pub message_send_ttl_seconds: Option<Whole>,
    /// Whether clicks on its URL buttons are not counted.
    pub cta_url_link_tracking_opted_out: Option<bool>,
    /// The template of Meta's library it is made of.
    pub library_template_name: Option<String>,
    /// What the library's template leaves open of its buttons.
    pub library_template_button_inputs: Field<Vec<Value>>,
    /// What Meta may improve by itself, `creative_features_spec`.
    pub degrees_of_freedom_spec: Field<Value>,
    /// Members this version does not know.
    pub extra: Extra,
}

members! {
    Definition {
        ; category: Category, sub_category: String, parameter_format: ParameterFormat, message_send_ttl_seconds: Whole,
        cta_url_link_tracking_opted_out: bool, library_template_name: String,
        ; name: String, language: String, components: Vec<Component>, library_template_button_inputs: Field<Vec<Value>>,
        degrees_of_freedom_spec: Field<Value>,
    }
}

impl Definition {
    /// A definition with everything Meta asks for.
    pub fn new(
        name: impl Into<String>,
        language: impl Into<String>,
        category: Category,
        components: Vec<Component>,
    ) -> Self {
        Self {
            name: name.into(),
            language: language.into(),
            category: Some(category),
            components,
            ..Self::default()
        }
    }

    /// Whether its variables have names, `{{first_name}}`, rather than numbers.
    pub fn has_named_parameters(&self) -> bool {
        self.parameter_format
            .as_ref()
            .is_some_and(|format| format.as_str().eq_ignore_ascii_case("NAMED"))
    }
}

open_enums! {
    /// What a template is for.
    Category {
        Marketing = "MARKETING",
        Utility = "UTILITY",
        Authentication = "AUTHENTICATION",
    }

    /// How variables are written.
    ParameterFormat {
        Positional = "POSITIONAL",
        Named = "NAMED",
    }
}

open_unions! {
    /// One part of a template.
    Component {
        Header(Header) = "HEADER",
        Body(Body) = "BODY",
        Footer(Footer) = "FOOTER",
        Buttons(Buttons) = "BUTTONS",
        Carousel(Carousel) = "CAROUSEL",
        LimitedTimeOffer(LimitedTimeOffer) = "LIMITED_TIME_OFFER",
        /// Asks for the permission to call.
        CallPermissionRequest(Plain) = "CALL_PERMISSION_REQUEST",
    }

    /// One button of a template. Labels have at most 25 characters; there are at most ten buttons, of which two URLs, one phone
    /// number and one code to copy; quick replies stand together.
    Button {
        QuickReply(Plain) = "QUICK_REPLY",
        Url(UrlButton) = "URL",
        PhoneNumber(PhoneNumberButton) = "PHONE_NUMBER",
        CopyCode(CopyCodeButton) = "COPY_CODE",
        Otp(OtpButton) = "OTP",
        Flow(FlowButton) = "FLOW",
        /// Opens the catalogue.
        Catalog(Plain) = "CATALOG",
        /// Shows several products.
        MultiProduct(Plain) = "MPM",
        /// Shows one product.
        SingleProduct(Plain) = "SPM",
        /// Calls the business in WhatsApp.
        VoiceCall(Plain) = "VOICE_CALL",
        /// Opens an order to review and pay.
        OrderDetails(Plain) = "ORDER_DETAILS",
        /// Asks for the recipient's contact.
        RequestContactInfo(Plain) = "REQUEST_CONTACT_INFO",
    }
}

macro_rules! parts {
    ($(
        $(#[$meta:meta])*
        $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }
    )*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                pub $field: Option<$type>,
            )*
            /// Members this version does not know.
            pub extra: Extra,
        }

        members! { $name { ; $($field: $type,)* } }
    )*};
}

parts! {
    /// A label, or nothing but its type.
    Plain {
        /// At most 25 characters.
        text: String,
    }

    /// Above the body.
    Header {
        /// What it is made of.
        format: HeaderFormat,
        /// Of a text: at most 60 characters, at most one variable.
        text: String,
        /// A value for its variable, or the handle of an uploaded file.
        example: Example,
    }

    /// The text itself.
    Body {
        /// At most 1,024 characters, 600 beside a limited-time offer, 160 in a card. Absent in authentication templates.
        text: String,
        /// A value for each variable.
        example: Example,
        /// Authentication: adds "do not share this code".
        add_security_recommendation: bool,
    }

    /// Below the body; no variables.
    Footer {
        /// At most 60 characters. Absent in authentication templates.
        text: String,
        /// Authentication: says when the code ends, 1–90 minutes.
        code_expiration_minutes: Whole,
    }

    /// The buttons: at most ten.
    Buttons {
        /// In the order shown.
        buttons: Vec<Button>,
    }

    /// Two to ten cards, all with the same components.
    Carousel {
        /// In the order shown.
        cards: Vec<Card>,
    }

    /// One card.
    Card {
        /// A header with an image or a video or a product, a body, one or two buttons.
        components: Vec<Component>,
    }

    /// A limited-time offer.
    LimitedTimeOffer {
        /// What is offered.
        limited_time_offer: Offer,
    }

    /// What a limited-time offer says.
    Offer {
        /// At most 16 characters.
        text: String,
        /// Whether the end of the offer is shown.
        has_expiration: bool,
    }

    /// Values that show Meta's reviewers what a variable stands for.
    Example {
        /// One value: for a positional header.
        header_text: Vec<String>,
        /// One value: for a named header.
        header_text_named_params: Vec<NamedExample>,
        /// The handle of an uploaded file: for an image, a video, a GIF or a document.
        header_handle: Vec<String>,
        /// One list of values in order: for a positional body.
        body_text: Vec<Vec<String>>,
        /// Values by name: for a named body.
        body_text_named_params: Vec<NamedExample>,
    }

    /// A variable's name and a value for it.
    NamedExample {
        /// Lower-case letters, digits and underscores.
        param_name: String,
        /// Any likely value.
        example: String,
    }

    /// Opens a web page.
    UrlButton {
        /// The label.
        text: String,
        /// At most 2,000 characters; at most one variable, at the end.
        url: String,
        /// The whole URL with a value for its variable.
        example: OneOrMany,
        /// Opens an app instead.
        app_deep_link: Value,
    }

    /// Calls a telephone number.
    PhoneNumberButton {
        /// The label.
        text: String,
        /// At most 20 characters.
        phone_number: String,
    }

    /// Copies a code; Meta gives the label.
    CopyCodeButton {
        /// The label, where Meta tells it.
        text: String,
        /// A likely code, at most 20 characters.
        example: OneOrMany,
    }

    /// Hands a one-time password over.
    OtpButton {
        /// How.
        otp_type: OtpType,
        /// The label of the copying button.
        text: String,
        /// The label of the autofilling button.
        autofill_text: String,
        /// One-tap and zero-tap: that Meta's terms for zero-tap are accepted.
        zero_tap_terms_accepted: bool,
        /// One-tap and zero-tap: the apps that may have the code; at most five.
        supported_apps: Vec<SupportedApp>,
        /// The only app, in Meta's older spelling.
        package_name: String,
        /// Its signature, in Meta's older spelling.
        signature_hash: String,
    }

    /// An Android app that may take a code.
    SupportedApp {
        /// Its package name.
        package_name: String,
        /// The hash of its signing key: 11 characters.
        signature_hash: String,
    }

    /// Opens a flow, named by one of its id, its name or its JSON.
    FlowButton {
        /// The label.
        text: String,
        /// A flow of this business account.
        flow_id: String,
        /// Its name instead.
        flow_name: String,
        /// Its JSON as text instead.
        flow_json: String,
        /// `navigate` (default) or `data_exchange`.
        flow_action: String,
        /// The first screen, for `navigate`.
        navigate_screen: String,
        /// `DOCUMENT`, `PROMOTION` or `REVIEW`.
        icon: String,
    }
}

open_enums! {
    /// What a header is made of.
    HeaderFormat {
        Text = "TEXT",
        Image = "IMAGE",
        Video = "VIDEO",
        /// Marketing messages only, at most 3.5 MB.
        Gif = "GIF",
        Document = "DOCUMENT",
        Location = "LOCATION",
        Product = "PRODUCT",
    }

    /// How a one-time password is handed over.
    OtpType {
        CopyCode = "COPY_CODE",
        OneTap = "ONE_TAP",
        ZeroTap = "ZERO_TAP",
    }
}

/// Text that Meta writes alone or in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum OneOrMany {
    /// Alone.
    One(String),
    /// In a list.
    Many(Vec<String>),
}

scalars! {
    OneOrMany: "a text or a list of texts" = |value| {
        let texts = value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        texts || value.is_string()
    };
}

impl Component {
    /// A header of text.
    pub fn header_text(text: impl Into<String>) -> Self {
        Self::Header(Header {
            format: Some(HeaderFormat::Text),
            text: Some(text.into()),
            ..Header::default()
        })
    }

    /// A header of an image, a video, a GIF or a document, with the handle of an uploaded example.
    pub fn header_media(format: HeaderFormat, handle: impl Into<String>) -> Self {
        Self::Header(Header {
            format: Some(format),
            example: Some(Example {
                header_handle: Some(vec![handle.into()]),
                ..Example::default()
            }),
            ..Header::default()
        })
    }

    /// A body without variables; see [`Component::body_with_examples`].
    pub fn body(text: impl Into<String>) -> Self {
        Self::Body(Body {
            text: Some(text.into()),
            ..Body::default()
        })
    }

    /// A body with numbered variables, and a value for each.
    pub fn body_with_examples<T: Into<String>>(
        text: impl Into<String>,
        examples: impl IntoIterator<Item = T>,
    ) -> Self {
        let values = examples.into_iter().map(Into::into).collect();
        Self::Body(Body {
            text: Some(text.into()),
            example: Some(Example {
                body_text: Some(vec![values]),
                ..Example::default()
            }),
            ..Body::default()
        })
    }

    /// A footer.
    pub fn footer(text: impl Into<String>) -> Self {
        Self::Footer(Footer {
            text: Some(text.into()),
            ..Footer::default()
        })
    }

    /// Buttons in order.
    pub fn buttons(buttons: impl IntoIterator<Item = Button>) -> Self {
        Self::Buttons(Buttons {
            buttons: Some(buttons.into_iter().collect()),
            ..Buttons::default()
        })
    }
}

impl Button {
    /// A button that answers with its label.
    pub fn quick_reply(text: impl Into<String>) -> Self {
        Self::QuickReply(Plain {
            text: Some(text.into()),
            ..Plain::default()
        })
    }

    /// A button that opens a web page.
    pub fn url(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self::Url(UrlButton {
            text: Some(text.into()),
            url: Some(url.into()),
            ..UrlButton::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_is_written_as_meta_documents_it() {
        let components = vec![
            Component::header_text("Your order"),
            Component::body_with_examples("Order {{1}} leaves {{2}}.", ["A-1", "today"]),
            Component::buttons([Button::quick_reply("Stop")]),
        ];
        let definition = Definition::new("order_sent", "en", Category::Utility, components);
        let expected = json!({
            "name": "order_sent", "language": "en", "category": "UTILITY",
            "components": [
                {"type": "HEADER", "format": "TEXT", "text": "Your order"},
                {"type": "BODY", "text": "Order {{1}} leaves {{2}}.", "example": {"body_text": [["A-1", "today"]]}},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Stop"}]},
            ],
        });
        assert_eq!(serde_json::to_value(&definition).unwrap(), expected);
    }

    #[test]
    fn an_empty_list_that_was_read_is_written_again_until_it_is_filled() {
        let text = json!({"name": "", "language": "en", "components": []});
        let mut definition: Definition = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&definition).unwrap(), text);
        definition.components.push(Component::body("x"));
        let written = serde_json::to_string(&definition).unwrap();
        assert_eq!(written.matches("components").count(), 1);
    }

    #[test]
    fn what_this_version_does_not_know_is_kept_and_so_is_the_spelling() {
        let text = json!({
            "name": "x", "language": "en", "parameter_format": "named", "future": {"a": [1]},
            "components": [
                {"type": "body", "text": "hi {{name}}", "tone": "warm",
                 "example": {"body_text_named_params": [{"param_name": "name", "example": "Ada"}]}},
                {"type": "HOLOGRAM", "depth": 2},
                {"type": "FOOTER", "text": 7},
                {"type": "buttons", "buttons": [{"type": "Url", "text": "t", "url": "u", "example": "e"}, {"text": "?"}]},
            ],
        });
        let read: Definition = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), text);
        assert!(read.has_named_parameters());
        assert!(matches!(&read.components[0], Component::Body(body) if body.text.is_some()));
        assert_eq!(read.components[1].kind(), "HOLOGRAM");
        assert!(matches!(read.components[2], Component::Unknown(_)));
    }
}
