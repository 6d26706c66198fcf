//! Messages of ours, typed. What is not typed yet goes out by [`crate::graph::messages::SendMessage::raw`].

use std::fmt;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

/// The longest text body Meta takes, in characters.
pub const TEXT_MAX_CHARS: usize = 4096;

/// A message to one recipient.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    recipient_type: &'static str,
    #[serde(flatten)]
    recipient: Recipient,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context>,
    #[serde(flatten)]
    content: Content,
}

impl Message {
    /// A text, of at most [`TEXT_MAX_CHARS`].
    pub fn text(to: impl Into<Recipient>, body: impl Into<String>) -> Self {
        Self::new(
            to,
            Content::Text(Text {
                body: body.into(),
                preview_url: None,
            }),
        )
    }

    /// A reaction to a message at most 30 days old; an empty emoji takes it back.
    pub fn reaction(
        to: impl Into<Recipient>,
        wamid: impl Into<String>,
        emoji: impl Into<String>,
    ) -> Self {
        let reaction = Reaction {
            message_id: wamid.into(),
            emoji: emoji.into(),
        };
        Self::new(to, Content::Reaction(reaction))
    }

    /// Any content.
    pub fn new(to: impl Into<Recipient>, content: Content) -> Self {
        let recipient = to.into();
        let is_group = matches!(recipient, Recipient::Group(_));
        Self {
            recipient_type: if is_group { "group" } else { "individual" },
            recipient,
            context: None,
            content,
        }
    }

    /// The same message, quoting another.
    #[must_use]
    pub fn in_reply_to(mut self, wamid: impl Into<String>) -> Self {
        self.context = Some(Context {
            message_id: wamid.into(),
        });
        self
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
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Recipient {
    /// A phone number, best with its country code.
    #[serde(rename = "to")]
    Phone(String),
    /// A business-scoped user id, or that of a parent portfolio.
    #[serde(rename = "recipient")]
    User(String),
    /// A group.
    #[serde(rename = "to")]
    Group(String),
}

/// A phone number.
impl From<&str> for Recipient {
    fn from(number: &str) -> Self {
        Self::Phone(number.to_owned())
    }
}

/// What a message says.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Plain text.
    Text(Text),
    /// An emoji on another message.
    Reaction(Reaction),
}

impl Content {
    /// Meta's name of the type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Reaction(_) => "reaction",
        }
    }
}

/// As Meta has it: the type's name, and under that name the content.
impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.kind();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", kind)?;
        match self {
            Self::Text(text) => map.serialize_entry(kind, text)?,
            Self::Reaction(reaction) => map.serialize_entry(kind, reaction)?,
        }
        map.end()
    }
}

/// Plain text.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// At most [`TEXT_MAX_CHARS`].
    pub body: String,
    /// Whether the first link is shown with a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_url: Option<bool>,
}

/// An emoji on another message.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Reaction {
    /// The message reacted to.
    pub message_id: String,
    /// Empty takes the reaction back.
    pub emoji: String,
}

#[derive(Clone, PartialEq, Eq, Serialize)]
struct Context {
    message_id: String,
}
