//! `messages[]`, `message_echoes[]` and the messages of history threads.

use serde_json::Number;

use super::content::{
    Button, ContactCard, Edit, Interactive, Location, Media, Order, Reaction, Revoke, System,
    TextContent, Unsupported,
};
use super::open::{Field, Text, open_enums, open_structs};
use super::status::Problem;
use crate::id::{GroupId, MessageId, UserId, WaId};
use crate::time::Timestamp;

open_structs! {
    /// A message. What it says is under the name of its type; [`Message::content`] finds it.
    Message {
        /// Absent for people who hide their number.
        from: WaId,
        from_user_id: UserId,
        from_parent_user_id: UserId,
        /// Of echoes: whom the business wrote to.
        to: WaId,
        to_user_id: UserId,
        to_parent_user_id: UserId,
        id: MessageId,
        timestamp: Timestamp,
        #[serde(rename = "type")]
        kind: MessageType,
        group_id: GroupId,
        context: Box<Context>,
        referral: Box<Referral>,
        identity: Box<Identity>,
        errors: Vec<Problem>,
        /// Of contacts: why they were sent.
        origin: Text,
        from_logical_id: Text,
        /// Of history: how far the message had come.
        history_context: Box<HistoryContext>,
        text: TextContent,
        image: Box<Media>,
        video: Box<Media>,
        audio: Box<Media>,
        voice: Box<Media>,
        document: Box<Media>,
        sticker: Box<Media>,
        location: Box<Location>,
        contacts: Vec<ContactCard>,
        reaction: Box<Reaction>,
        interactive: Box<Interactive>,
        button: Box<Button>,
        order: Box<Order>,
        system: Box<System>,
        unsupported: Box<Unsupported>,
        edit: Box<Edit>,
        revoke: Box<Revoke>,
    }

    /// What a message answers, or where it was forwarded from.
    Context {
        from: WaId,
        from_user_id: UserId,
        id: MessageId,
        forwarded: bool,
        frequently_forwarded: bool,
        referred_product: ReferredProduct,
    }

    /// The product someone asks about.
    ReferredProduct {
        catalog_id: Text,
        product_retailer_id: Text,
    }

    /// The advertisement or post that led someone here.
    Referral {
        source_url: Text,
        source_id: Text,
        source_type: SourceType,
        headline: Text,
        body: Text,
        media_type: Text,
        image_url: Text,
        video_url: Text,
        thumbnail_url: Text,
        ctwa_clid: Text,
        welcome_message: WelcomeMessage,
    }

    /// What the advertisement showed before the first message.
    WelcomeMessage {
        text: Text,
    }

    /// Someone's keys changed (the business asked to be told).
    Identity {
        acknowledged: bool,
        created_timestamp: Timestamp,
        hash: Text,
    }

    /// How far a message of the past had come.
    HistoryContext {
        status: Text,
    }
}

open_enums! {
    /// What a message is.
    MessageType {
        Text = "text",
        Image = "image",
        Video = "video",
        Audio = "audio",
        Voice = "voice",
        Document = "document",
        Sticker = "sticker",
        Location = "location",
        Contacts = "contacts",
        Reaction = "reaction",
        Interactive = "interactive",
        Button = "button",
        Order = "order",
        System = "system",
        Edit = "edit",
        Revoke = "revoke",
        MediaPlaceholder = "media_placeholder",
        RequestWelcome = "request_welcome",
        Ephemeral = "ephemeral",
        GroupInvite = "group_invite",
        Unsupported = "unsupported",
        UnknownType = "unknown",
    }

    /// What led someone here.
    SourceType {
        Ad = "ad",
        Post = "post",
    }
}

/// What a message says, by its type.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// Words.
    Text(&'a TextContent),
    /// A picture.
    Image(&'a Media),
    /// A film.
    Video(&'a Media),
    /// A sound, or a voice message.
    Audio(&'a Media),
    /// A file.
    Document(&'a Media),
    /// A sticker.
    Sticker(&'a Media),
    /// A place.
    Location(&'a Location),
    /// Address cards.
    Contacts(&'a [ContactCard]),
    /// An emoji on an earlier message, or its removal.
    Reaction(&'a Reaction),
    /// An answer to an interactive message.
    Interactive(&'a Interactive),
    /// A template's quick reply.
    Button(&'a Button),
    /// A cart.
    Order(&'a Order),
    /// WhatsApp itself, about someone's number or identity.
    System(&'a System),
    /// An earlier message says something else now.
    Edit(&'a Edit),
    /// An earlier message was taken back.
    Revoke(&'a Revoke),
    /// A type Meta does not pass on.
    Unsupported(&'a [Problem]),
    /// A type without content, without its content, or that this version does not know.
    Other,
}

impl Message {
    /// What it says, by its type.
    pub fn content(&self) -> Content<'_> {
        let content = match self.kind.get() {
            Some(MessageType::Text) => self.text.get().map(Content::Text),
            Some(MessageType::Image) => self.image.get().map(|image| Content::Image(image)),
            Some(MessageType::Video) => self.video.get().map(|video| Content::Video(video)),
            Some(MessageType::Audio) => self.audio.get().map(|audio| Content::Audio(audio)),
            Some(MessageType::Voice) => self.voice.get().map(|voice| Content::Audio(voice)),
            Some(MessageType::Document) => self
                .document
                .get()
                .map(|document| Content::Document(document)),
            Some(MessageType::Sticker) => {
                self.sticker.get().map(|sticker| Content::Sticker(sticker))
            }
            Some(MessageType::Location) => self
                .location
                .get()
                .map(|location| Content::Location(location)),
            Some(MessageType::Contacts) => {
                self.contacts.get().map(|cards| Content::Contacts(cards))
            }
            Some(MessageType::Reaction) => self
                .reaction
                .get()
                .map(|reaction| Content::Reaction(reaction)),
            Some(MessageType::Interactive) => self
                .interactive
                .get()
                .map(|interactive| Content::Interactive(interactive)),
            Some(MessageType::Button) => self.button.get().map(|button| Content::Button(button)),
            Some(MessageType::Order) => self.order.get().map(|order| Content::Order(order)),
            Some(MessageType::System) => self.system.get().map(|system| Content::System(system)),
            Some(MessageType::Edit) => self.edit.get().map(|edit| Content::Edit(edit)),
            Some(MessageType::Revoke) => self.revoke.get().map(|revoke| Content::Revoke(revoke)),
            Some(MessageType::Unsupported | MessageType::UnknownType) => Some(
                Content::Unsupported(self.errors.get().map_or(&[], Vec::as_slice)),
            ),
            _ => None,
        };
        content.unwrap_or(Content::Other)
    }
}

/// A number that may have been written as a string.
pub(super) fn number(field: &Field<Number>) -> Option<f64> {
    match field {
        Field::Value(number) => number.as_f64(),
        Field::Odd(value) => value.as_str()?.parse().ok(),
        _ => None,
    }
}
