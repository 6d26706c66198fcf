//! Messages of ours: every type Meta takes, to a phone number, a user id or a group.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
//!
//! ```
//! use whatsapp_cloud::message::{Interactive, Message, interactive::{List, Row, Section}};
//!
//! let rows = [Row::new("express", "Express").description("Tomorrow"), Row::new("post", "By post")];
//! let list = List::new("Shipping", [Section::new(rows)]);
//! let message = Message::new("491701234567", Interactive::list("How shall it come?", list).footer("Lia's flowers"))
//!     .in_reply_to("wamid.A");
//! assert!(message.violations().is_empty());
//! ```
//!
//! A message is checked against Meta's [limits] before it is sent, one that was read too: of a type this version knows, what has
//! another shape is refused. [`Message::raw`] is the way around, and the way to send what this version does not know.
//!
//! **Invariant:** reading a message and writing it again gives the same JSON value, apart from a `messaging_product` that was
//! missing.

pub mod contacts;
pub mod interactive;
mod json;
pub mod limits;
pub mod media;
mod part;
pub mod template;

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use contacts::{ContactCard, Location};
pub use interactive::Interactive;
pub use media::Media;
use part::parts;
pub use part::{Named, TextPart};
pub use template::Template;

use crate::limits::{Invalid, Violation};
use crate::open::{self, At, Extra, Field, fit, open_enums};
pub use crate::webhook::content::Reaction;

/// The longest text body Meta takes, in characters.
pub const TEXT_MAX_CHARS: usize = 4096;

/// A message to one recipient.
#[derive(Clone, PartialEq)]
pub struct Message {
    recipient: Recipient,
    /// Meta also takes a phone number that is written as one.
    is_to_number: bool,
    recipient_type: Option<String>,
    context: Option<Context>,
    content: Content,
    /// Meta takes what does not say its type for text.
    is_untyped: bool,
    extra: Extra,
}

impl Message {
    /// A message of any content.
    pub fn new(to: impl Into<Recipient>, content: impl Into<Content>) -> Self {
        let recipient = to.into();
        let is_group = matches!(recipient, Recipient::Group(_));
        let recipient_type = if is_group { "group" } else { "individual" };
        Self {
            recipient,
            is_to_number: false,
            recipient_type: Some(recipient_type.to_owned()),
            context: None,
            content: content.into(),
            is_untyped: false,
            extra: Extra::default(),
        }
    }

    /// A text, of at most [`TEXT_MAX_CHARS`].
    pub fn text(to: impl Into<Recipient>, body: impl Into<String>) -> Self {
        Self::new(to, Text::new(body.into()))
    }

    /// An image, with or without a caption.
    pub fn image(to: impl Into<Recipient>, image: Media) -> Self {
        Self::new(to, Content::Image(image))
    }

    /// A video, with or without a caption.
    pub fn video(to: impl Into<Recipient>, video: Media) -> Self {
        Self::new(to, Content::Video(video))
    }

    /// A sound, or with [`Media::voice`] a voice note.
    pub fn audio(to: impl Into<Recipient>, audio: Media) -> Self {
        Self::new(to, Content::Audio(audio))
    }

    /// A document, best with a name.
    pub fn document(to: impl Into<Recipient>, document: Media) -> Self {
        Self::new(to, Content::Document(document))
    }

    /// A sticker: a WebP file.
    pub fn sticker(to: impl Into<Recipient>, sticker: Media) -> Self {
        Self::new(to, Content::Sticker(sticker))
    }

    /// A place.
    pub fn location(to: impl Into<Recipient>, location: Location) -> Self {
        Self::new(to, Content::Location(location))
    }

    /// One to 257 address cards.
    pub fn contacts(
        to: impl Into<Recipient>,
        cards: impl IntoIterator<Item = ContactCard>,
    ) -> Self {
        Self::new(to, Content::Contacts(cards.into_iter().collect()))
    }

    /// A reaction to a message at most 30 days old; an empty emoji takes it back.
    pub fn reaction(
        to: impl Into<Recipient>,
        wamid: impl Into<String>,
        emoji: impl Into<String>,
    ) -> Self {
        let reaction = Reaction {
            message_id: Field::Value(wamid.into().into()),
            emoji: Field::Value(emoji.into().into()),
            ..Reaction::default()
        };
        Self::new(to, Content::Reaction(reaction))
    }

    /// Pins a message of a group for 1 to 30 days; three can be pinned.
    pub fn pin(group: impl Into<String>, wamid: impl Into<String>, days: i64) -> Self {
        let pin = Pin::new(PinOperation::Pin, wamid.into()).expiration_days(days.to_string());
        Self::new(Recipient::Group(group.into()), Content::Pin(pin))
    }

    /// Unpins a message of a group.
    pub fn unpin(group: impl Into<String>, wamid: impl Into<String>) -> Self {
        let pin = Pin::new(PinOperation::Unpin, wamid.into());
        Self::new(Recipient::Group(group.into()), Content::Pin(pin))
    }

    /// A message of any type with this content under the type's name, whose content nobody checks but Meta.
    pub fn raw(to: impl Into<Recipient>, kind: impl Into<String>, content: Value) -> Self {
        let kind = kind.into();
        Self::new(to, Content::Raw { kind, content })
    }

    /// The same message, quoting another.
    #[must_use]
    pub fn in_reply_to(mut self, wamid: impl Into<String>) -> Self {
        self.context = Some(Context::new(wamid.into()));
        // In place of a `null` or an odd one that was read.
        self.extra.0.shift_remove("context");
        self
    }

    /// The same message with words that come back in its statuses, at most
    /// [`CALLBACK_DATA_MAX_CHARS`](crate::graph::messages::CALLBACK_DATA_MAX_CHARS).
    #[must_use]
    pub fn with_callback_data(self, data: impl Into<String>) -> Self {
        self.with("biz_opaque_callback_data", data)
    }

    /// The same message, delivered only if the recipient's identity still has this hash; otherwise it fails with 137000.
    #[must_use]
    pub fn only_if_identity(self, key_hash: impl Into<String>) -> Self {
        self.with("recipient_identity_key_hash", key_hash)
    }

    /// The same message with another member beside its content.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<String>) -> Self {
        self.extra
            .0
            .insert(member.to_owned(), Value::String(value.into()));
        self
    }

    /// Whom it goes to.
    pub fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// What it says.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The message it quotes.
    pub fn replies_to(&self) -> Option<&str> {
        self.context
            .as_ref()
            .map(|context| context.message_id.as_str())
    }

    /// A phone number or group as it is written.
    fn to(&self, to: &str) -> Value {
        let number = self.is_to_number.then(|| to.parse::<u64>());
        number
            .and_then(Result::ok)
            .map_or_else(|| to.into(), Value::from)
    }

    /// Everything in it that Meta would refuse, as far as can be known here. Of a raw message, what is around its content.
    pub fn violations(&self) -> Vec<Violation> {
        self.violations_of(&self.json())
    }

    /// The members it is written as, unless Meta would refuse them.
    pub(crate) fn checked(&self) -> Result<Map<String, Value>, Invalid> {
        let message = self.json();
        Invalid::unless_empty(self.violations_of(&message))?;
        match message {
            Value::Object(members) => Ok(members),
            _ => Ok(Map::new()),
        }
    }

    /// What a message is made of is JSON already or plainly becomes it: it is always an object.
    fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn violations_of(&self, message: &Value) -> Vec<Violation> {
        match self.content {
            Content::Raw { .. } => limits::violations_of_frame(message),
            _ => limits::violations(message),
        }
    }
}

/// Personal data: shows the kind of content only.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("type", &self.content.kind())
            .finish_non_exhaustive()
    }
}

/// Whom a message goes to.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient {
    /// A phone number, best with its country code: without, Meta takes it for one of the business's own country.
    Phone(String),
    /// A business-scoped user id, or that of a parent portfolio.
    User(String),
    /// Both; Meta takes the phone number.
    PhoneAndUser {
        /// The phone number.
        phone: String,
        /// The business-scoped user id.
        user: String,
    },
    /// A group.
    Group(String),
}

/// Personal data: shows which kind it is.
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Phone",
            Self::User(_) => "User",
            Self::PhoneAndUser { .. } => "PhoneAndUser",
            Self::Group(_) => "Group",
        })
    }
}

/// A phone number.
impl From<&str> for Recipient {
    fn from(number: &str) -> Self {
        Self::Phone(number.to_owned())
    }
}

/// A phone number.
impl From<String> for Recipient {
    fn from(number: String) -> Self {
        Self::Phone(number)
    }
}

/// The content, whose place and shape the `type` beside it decides.
macro_rules! contents {
    ($($(#[$meta:meta])* $variant:ident($content:ty) = $text:literal,)*) => {
        /// What a message says.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Content {
            $($(#[$meta])* $variant($content),)*
            /// What nobody checks but Meta: given so, or of a type this version does not know.
            Raw {
                /// Meta's name of the type.
                kind: String,
                /// What stands under that name.
                content: Value,
            },
            /// Of a type this version knows, and of another shape or spelling than it has. It is kept as it came, and refused:
            /// [`Message::violations`] tells why.
            Odd {
                /// The type, as it came.
                kind: String,
                /// What stands under that name.
                content: Value,
            },
        }

        impl Content {
            /// Meta's name of the type.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $text,)*
                    Self::Raw { kind, .. } | Self::Odd { kind, .. } => kind,
                }
            }

            /// The types this version knows.
            pub(crate) const KINDS: &[&str] = &[$($text),*];

            fn read(kind: String, content: Value) -> Self {
                let read = match kind.as_str() {
                    $($text => <$content>::deserialize(&content).map(Self::$variant).ok(),)*
                    _ => None,
                };
                if let Some(read) = read {
                    return read;
                }
                if Self::KINDS.iter().any(|known| known.eq_ignore_ascii_case(&kind)) {
                    Self::Odd { kind, content }
                } else {
                    Self::Raw { kind, content }
                }
            }

            /// Every place of a message's content that has not the shape its type has.
            pub(crate) fn fit(kind: &str, message: &Map<String, Value>, found: &mut Vec<Violation>) {
                match kind {
                    $($text => fit::must::<$content>(message, $text, At::Root, found),)*
                    _ => {}
                }
            }

            fn write(&self) -> Result<Value, serde_json::Error> {
                match self {
                    $(Self::$variant(content) => serde_json::to_value(content),)*
                    Self::Raw { content, .. } | Self::Odd { content, .. } => Ok(content.clone()),
                }
            }
        }
    };
}

contents! {
    /// Words.
    Text(Text) = "text",
    /// An image: JPEG or PNG, at most 5 MB.
    Image(Media) = "image",
    /// A video: MP4 or 3GP with H.264 and AAC, at most 16 MB.
    Video(Media) = "video",
    /// A sound, at most 16 MB.
    Audio(Media) = "audio",
    /// A document, at most 100 MB.
    Document(Media) = "document",
    /// A sticker: WebP, at most 100 KB, or 500 KB animated.
    Sticker(Media) = "sticker",
    /// A place.
    Location(Location) = "location",
    /// Address cards.
    Contacts(Vec<ContactCard>) = "contacts",
    /// An emoji on another message.
    Reaction(Reaction) = "reaction",
    /// Something to act upon.
    Interactive(Box<Interactive>) = "interactive",
    /// A template with values for its variables: the only kind that may open a conversation.
    Template(Box<Template>) = "template",
    /// Pins a message of a group.
    Pin(Pin) = "pin",
}

impl From<Text> for Content {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<Interactive> for Content {
    fn from(interactive: Interactive) -> Self {
        Self::Interactive(Box::new(interactive))
    }
}

impl From<Template> for Content {
    fn from(template: Template) -> Self {
        Self::Template(Box::new(template))
    }
}

parts! {
    /// Words.
    Text {
        /// At most [`TEXT_MAX_CHARS`].
        body: open::Text,
        ;
        /// Whether the first link is shown with a preview.
        preview_url: bool,
    }

    /// Pins or unpins a message of a group.
    Pin {
        /// Which.
        r#type: PinOperation,
        /// The message.
        message_id: open::Text,
        ;
        /// For how long, 1 to 30.
        expiration_days: open::Text,
    }

    /// What a message answers.
    Context {
        /// The message it quotes.
        message_id: open::Text,
    }
}

open_enums! {
    /// What is done to a message of a group.
    PinOperation {
        Pin = "pin",
        Unpin = "unpin",
    }
}

#[cfg(test)]
mod tests;
