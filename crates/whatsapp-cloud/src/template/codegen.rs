//! Rust types made of template definitions: a struct with a field for each value a template wants, so that a value that is
//! missing, or that the template no longer has, is a compile error.
//!
//! `waypost templates codegen FILE` writes them; so does [`bindings`] in a build script or a test. Values that a template can do
//! without, such as the payload of a quick reply, are no fields: they are added to the [`Template`] that comes out.
//!
//! [`Template`]: crate::message::Template
//!
//! Made from the definitions in this crate's `tests/generated/definitions.json`:
//!
//! ```
//! # mod templates { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/generated/templates.rs")); }
//! # use templates::{OrderSent, OrderSentLanguage};
//! use whatsapp_cloud::message::Message;
//!
//! let order = OrderSent { first_name: "Ada".into(), day: "Monday".into(), button_1_url: "A-1".into() };
//! let message = Message::new("491701234567", order.in_language(OrderSentLanguage::De));
//! ```
//!
//! The same without the day does not compile:
//!
//! ```compile_fail,E0063
//! # mod templates { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/generated/templates.rs")); }
//! # use templates::{OrderSent, OrderSentLanguage};
//! use whatsapp_cloud::message::Message;
//!
//! let order = OrderSent { first_name: "Ada".into(), button_1_url: "A-1".into() };
//! let message = Message::new("491701234567", order.in_language(OrderSentLanguage::De));
//! ```

mod names;

use std::fmt::Write as _;

use serde::Deserialize as _;
use serde_json::Value;

use self::names::{camel, field_name};
use super::definition::{Component, Definition};
use super::slot::{MediaKind, Part, Place, Slot, SlotKind, slots};

/// Why no bindings can be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The text is no JSON.
    NotJson(serde_json::Error),
    /// Nothing in it is a definition, or the one at this place is none.
    NotADefinition(usize),
    /// Two templates would have a type of the same name: theirs.
    SameType(String, String),
    /// A template's languages would have the same name, or are one: the template and its languages.
    SameLanguage(String, String, String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotJson(_) => f.write_str("the definitions are no JSON"),
            Self::NotADefinition(place) => write!(
                f,
                "element {place} is no template definition: its `name` or its `language` is missing or no plain word"
            ),
            Self::SameType(one, two) => {
                write!(f, "the templates {one} and {two} would have the same type")
            }
            Self::SameLanguage(template, one, two) => write!(
                f,
                "the languages {one} and {two} of the template {template} would have the same name"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotJson(error) => Some(error),
            _ => None,
        }
    }
}

/// Reads definitions: one, a list, or Meta's answer to a listing, whose `data` is a list.
pub fn read(json: &str) -> Result<Vec<Definition>, Error> {
    let mut document: Value = serde_json::from_str(json).map_err(Error::NotJson)?;
    if let Some(data) = document.get_mut("data") {
        document = data.take();
    }
    let list = match document {
        Value::Array(list) => list,
        one => vec![one],
    };
    let read = list.iter().enumerate().map(|(place, definition)| {
        Definition::deserialize(definition)
            .ok()
            .filter(|definition| !definition.name.is_empty() && !definition.language.is_empty())
            .ok_or(Error::NotADefinition(place))
    });
    read.collect()
}

/// Rust source with a type for each template, to be written to a file of its own. Languages of a template that want the same
/// values share a type; one that wants others has its own, with the language in its name.
pub fn bindings(definitions: &[Definition]) -> Result<String, Error> {
    // Both go into the source: whatever is no plain word stays out.
    let is_word = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        !text.is_empty() && text.bytes().all(is_plain)
    };
    let is_bad = |of: &Definition| !is_word(&of.name) || !is_word(&of.language);
    if let Some(place) = definitions.iter().position(is_bad) {
        return Err(Error::NotADefinition(place));
    }
    let mut types = group(definitions);
    types.sort_by(|one, two| one.name.cmp(&two.name));
    let mut named: Vec<(String, &Type<'_>)> = Vec::new();
    for of in &types {
        let languages = of.languages_name();
        for name in [Some(of.name.clone()), languages].into_iter().flatten() {
            if let Some((_, other)) = named.iter().find(|(taken, _)| *taken == name) {
                let template = |of: &Type<'_>| of.definitions[0].name.clone();
                return Err(Error::SameType(template(other), template(of)));
            }
            named.push((name, of));
        }
        of.check_languages()?;
    }
    let mut source = String::from(
        "// Made from template definitions by `waypost templates codegen`: make it again instead of editing it.\n",
    );
    for of in &types {
        source.push('\n');
        of.write(&mut source);
    }
    Ok(source)
}

/// One type to write.
struct Type<'a> {
    name: String,
    /// At least one; of one name, wanting the same.
    definitions: Vec<&'a Definition>,
    slots: Vec<Slot>,
}

fn group(definitions: &[Definition]) -> Vec<Type<'_>> {
    let mut types: Vec<Type<'_>> = Vec::new();
    for definition in definitions {
        let mut slots = slots(definition);
        slots.retain(|slot| slot.is_required);
        let has_same_name = |of: &Type<'_>| of.definitions[0].name == definition.name;
        let is_first = !types.iter().any(has_same_name);
        let same = types
            .iter_mut()
            .find(|of| has_same_name(of) && of.slots == slots);
        if let Some(of) = same {
            of.definitions.push(definition);
            continue;
        }
        let mut name = camel(&definition.name);
        if !is_first {
            name.push_str(&camel(&definition.language));
        }
        types.push(Type {
            name,
            definitions: vec![definition],
            slots,
        });
    }
    types
}

impl Type<'_> {
    /// The name of the type of its languages, where it has several.
    fn languages_name(&self) -> Option<String> {
        (self.definitions.len() > 1).then(|| format!("{}Language", self.name))
    }

    fn check_languages(&self) -> Result<(), Error> {
        for (place, one) in self.definitions.iter().enumerate() {
            let mut earlier = self.definitions[..place].iter();
            if let Some(other) =
                earlier.find(|other| camel(&other.language) == camel(&one.language))
            {
                let [one, other] = [one, other].map(|of| of.language.clone());
                return Err(Error::SameLanguage(
                    self.definitions[0].name.clone(),
                    other,
                    one,
                ));
            }
        }
        Ok(())
    }

    fn write(&self, source: &mut String) {
        let fields = self.fields();
        // Writing to a string never fails.
        let _ = self.write_struct(source, &fields);
        let _ = self.write_languages(source);
        let _ = self.write_conversion(source, &fields);
    }

    fn write_struct(&self, source: &mut String, fields: &[Field]) -> std::fmt::Result {
        let first = self.definitions[0];
        let languages: Vec<_> = self
            .definitions
            .iter()
            .map(|one| format!("`{}`", one.language))
            .collect();
        writeln!(
            source,
            "/// The template `{}` in {}.",
            first.name,
            languages.join(", ")
        )?;
        for text in first.components.iter().filter_map(body) {
            writeln!(source, "///\n/// ```text")?;
            for line in text.lines() {
                // Indented, so that no line of it ends the block.
                writeln!(source, "///     {}", line.replace(is_no_comment, " "))?;
            }
            writeln!(source, "/// ```")?;
        }
        writeln!(source, "#[derive(Clone)]")?;
        if fields.is_empty() {
            return writeln!(source, "pub struct {};", self.name);
        }
        writeln!(source, "pub struct {} {{", self.name)?;
        for field in fields.iter().filter(|field| !field.is_repeated) {
            let kind = &field.slot.kind;
            let kind = match kind {
                SlotKind::Number(_) | SlotKind::Name(_) => format!("`{kind}`"),
                _ => kind.to_string(),
            };
            writeln!(source, "    /// Of {}: {kind}.", field.slot.place)?;
            writeln!(source, "    pub {}: {},", field.name, field.kind())?;
        }
        writeln!(source, "}}")
    }

    fn write_languages(&self, source: &mut String) -> std::fmt::Result {
        if self.definitions.len() < 2 {
            return Ok(());
        }
        writeln!(source, "\n/// The languages of [`{}`].", self.name)?;
        writeln!(source, "#[derive(Debug, Clone, Copy, PartialEq, Eq)]")?;
        writeln!(source, "pub enum {}Language {{", self.name)?;
        for definition in &self.definitions {
            writeln!(source, "    /// `{}`.", definition.language)?;
            writeln!(source, "    {},", camel(&definition.language))?;
        }
        writeln!(source, "}}")
    }

    fn write_conversion(&self, source: &mut String, fields: &[Field]) -> std::fmt::Result {
        let Self {
            name, definitions, ..
        } = self;
        writeln!(source, "\nimpl {name} {{")?;
        writeln!(source, "    /// The template's name.")?;
        writeln!(
            source,
            "    pub const NAME: &'static str = {:?};\n",
            definitions[0].name
        )?;
        if let [only] = definitions.as_slice() {
            writeln!(
                source,
                "    /// The template with these values, in its only language."
            )?;
            writeln!(source, "    pub fn into_template(self) -> {TEMPLATE} {{")?;
            writeln!(source, "        use {IMPORTED};\n")?;
            writeln!(source, "        let language = {:?};", only.language)?;
        } else {
            writeln!(
                source,
                "    /// The template with these values, in this language."
            )?;
            writeln!(
                source,
                "    pub fn in_language(self, language: {name}Language) -> {TEMPLATE} {{"
            )?;
            writeln!(source, "        use {IMPORTED};\n")?;
            writeln!(source, "        let language = match language {{")?;
            for definition in definitions {
                let language = &definition.language;
                writeln!(
                    source,
                    "            {name}Language::{} => {language:?},",
                    camel(language)
                )?;
            }
            writeln!(source, "        }};")?;
        }
        if fields.is_empty() {
            writeln!(source, "        let Self = self;")?;
        }
        writeln!(
            source,
            "        {MODULE}::Template::named(Self::NAME, language)"
        )?;
        let (on_cards, on_top): (Vec<_>, Vec<_>) = fields
            .iter()
            .partition(|field| field.slot.place.card.is_some());
        for component in components(&on_top) {
            writeln!(source, "            .component({component})")?;
        }
        if let Some(last) = on_cards.last().and_then(|field| field.slot.place.card) {
            writeln!(
                source,
                "            .component({MODULE}::Component::Carousel({MODULE}::Cards::new(["
            )?;
            for card in 0..=last {
                let here: Vec<_> = on_cards
                    .iter()
                    .copied()
                    .filter(|field| field.slot.place.card == Some(card))
                    .collect();
                if here.is_empty() {
                    let none = format!("[] as [{MODULE}::Component; 0]");
                    writeln!(
                        source,
                        "                {MODULE}::CardValues::new({card}, {none}),"
                    )?;
                    continue;
                }
                writeln!(
                    source,
                    "                {MODULE}::CardValues::new({card}, ["
                )?;
                for component in components(&here) {
                    writeln!(source, "                    {component},")?;
                }
                writeln!(source, "                ]),")?;
            }
            writeln!(source, "            ])))")?;
        }
        writeln!(source, "    }}\n}}")?;
        if definitions.len() > 1 {
            return Ok(());
        }
        for target in [TEMPLATE, CONTENT] {
            writeln!(source, "\nimpl From<{name}> for {target} {{")?;
            writeln!(source, "    fn from(values: {name}) -> Self {{")?;
            let into = if target == CONTENT { ".into()" } else { "" };
            writeln!(source, "        values.into_template(){into}\n    }}\n}}")?;
        }
        Ok(())
    }

    fn fields(&self) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for slot in &self.slots {
            // A one-time password is the body's variable once more.
            let mut body = fields
                .iter_mut()
                .filter(|field| field.slot.place.part == Part::Body);
            let repeated = body.next().filter(|_| slot.kind == SlotKind::Otp);
            let is_repeated = repeated.is_some();
            let mut name = match repeated {
                Some(password) => {
                    password.is_used_again = true;
                    password.name.clone()
                }
                None => field_name(slot),
            };
            // A header's and a body's variable may have the same name.
            while !is_repeated && fields.iter().any(|field| field.name == name) {
                name.push('_');
            }
            fields.push(Field {
                name,
                slot: slot.clone(),
                is_repeated,
                is_used_again: false,
            });
        }
        fields
    }
}

/// As the conversions import it.
const MODULE: &str = "template";
const IMPORTED: &str = "::whatsapp_cloud::message::template";
const TEMPLATE: &str = "::whatsapp_cloud::message::template::Template";
const CONTENT: &str = "::whatsapp_cloud::message::Content";

/// A field of a type.
struct Field {
    name: String,
    slot: Slot,
    /// The value of an earlier field once more.
    is_repeated: bool,
    /// Whether a later field repeats it.
    is_used_again: bool,
}

impl Field {
    fn kind(&self) -> &'static str {
        match self.slot.kind {
            SlotKind::Media(_) => "::whatsapp_cloud::message::Media",
            SlotKind::Location => "::whatsapp_cloud::message::contacts::Location",
            SlotKind::Product => "::whatsapp_cloud::message::interactive::Product",
            SlotKind::Products => "::whatsapp_cloud::message::template::ButtonAction",
            SlotKind::Order => "::whatsapp_cloud::message::interactive::OrderDetails",
            SlotKind::OfferEnd => "i64",
            _ => "String",
        }
    }

    fn parameter(&self) -> String {
        let field = format!("self.{}", self.name);
        let field = if self.is_used_again {
            format!("{field}.clone()")
        } else {
            field
        };
        let made = match &self.slot.kind {
            SlotKind::Name(name) => format!("named({name:?}, {field})"),
            SlotKind::Media(MediaKind::Image) => format!("image({field})"),
            SlotKind::Media(MediaKind::Video) => format!("video({field})"),
            SlotKind::Media(MediaKind::Gif) => format!("gif({field})"),
            SlotKind::Media(MediaKind::Document) => format!("document({field})"),
            SlotKind::Location => format!("location({field})"),
            SlotKind::Product => format!("product({field})"),
            SlotKind::CouponCode => format!("coupon_code({field})"),
            SlotKind::Products => format!("action({field})"),
            SlotKind::Order => {
                format!("action({MODULE}::ButtonAction::new().order_details({field}))")
            }
            SlotKind::OfferEnd => format!("offer_ends({field})"),
            _ => format!("text({field})"),
        };
        format!("{MODULE}::Parameter::{made}")
    }

    /// The button's kind, as its values name it.
    fn button_type(&self) -> &'static str {
        match self.slot.kind {
            SlotKind::CouponCode => "CopyCode",
            SlotKind::Products => "MultiProduct",
            SlotKind::Order => "OrderDetails",
            _ => "Url",
        }
    }
}

/// The components of fields that are in order of their places.
fn components(fields: &[&Field]) -> Vec<String> {
    let mut components = Vec::new();
    let mut rest = fields;
    while let Some(first) = rest.first() {
        let Place { part, .. } = first.slot.place;
        let together = rest
            .iter()
            .take_while(|field| field.slot.place.part == part);
        let (here, after) = rest.split_at(together.count());
        rest = after;
        let values: Vec<_> = here.iter().map(|field| field.parameter()).collect();
        let values = format!("[{}]", values.join(", "));
        components.push(match part {
            Part::Button(index) => {
                let kind = first.button_type();
                format!(
                    "{MODULE}::Component::button({index}, {MODULE}::ButtonType::{kind}, {values})"
                )
            }
            Part::Header => format!("{MODULE}::Component::Header({MODULE}::Values::new({values}))"),
            Part::Body => format!("{MODULE}::Component::Body({MODULE}::Values::new({values}))"),
            Part::LimitedTimeOffer => {
                format!("{MODULE}::Component::LimitedTimeOffer({MODULE}::Values::new({values}))")
            }
        });
    }
    components
}

/// What comments may not have: returns, and what turns the direction of text, behind which code could hide.
fn is_no_comment(character: char) -> bool {
    matches!(character, '\r' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn body(component: &Component) -> Option<&str> {
    match component {
        Component::Body(body) => body.text.as_deref(),
        _ => None,
    }
}
