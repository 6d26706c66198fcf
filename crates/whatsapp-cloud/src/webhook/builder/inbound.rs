//! Messages, as Meta posts them.

use serde_json::{Map, Number, Value};

use crate::id::{GroupId, MessageId};
use crate::open::{Extra, Field, Text};
use crate::time::{Timestamp, UnixSeconds};
use crate::webhook::activity::Contact;
use crate::webhook::content::{
    Button, Choice, ContactCard, Edit, FlowReply, Interactive, InteractiveType, Location, Media,
    Name, Order, OrderItem, Phone, Reaction, Revoke, System, SystemType, TextContent, Unsupported,
};
use crate::webhook::message::{Context, Message, MessageType, Referral};

use super::status::problem;

/// A message to be posted. Unless told otherwise it is from `15550000001`.
#[derive(Debug, Clone)]
#[must_use = "a message is added to a notification by `WebhookBuilder::message`"]
pub struct Inbound {
    pub(super) contact: Contact,
    message: Message,
}

impl Inbound {
    /// Any message. Its sender, id and time are filled in where it has none.
    pub fn of(message: Message) -> Self {
        Self {
            contact: Contact::of_phone("15550000001"),
            message,
        }
    }

    /// A message of a type this version does not know, with what stands under the type's name.
    pub fn unknown(kind: &str, content: Value) -> Self {
        let extra = Extra(Map::from_iter([(kind.to_owned(), content)]));
        Self::of_kind(kind.into(), |message| message.extra = extra)
    }

    /// Words.
    pub fn text(body: &str) -> Self {
        let text = TextContent {
            body: Field::of(body),
            ..TextContent::default()
        };
        Self::of_kind(MessageType::Text, |message| message.text = text.into())
    }

    /// A picture.
    pub fn image(media_id: &str) -> Self {
        let media = media(media_id, "image/jpeg");
        Self::of_kind(MessageType::Image, |message| message.image = media.into())
    }

    /// A film.
    pub fn video(media_id: &str) -> Self {
        let media = media(media_id, "video/mp4");
        Self::of_kind(MessageType::Video, |message| message.video = media.into())
    }

    /// A sound file.
    pub fn audio(media_id: &str) -> Self {
        let media = media(media_id, "audio/mpeg");
        Self::of_kind(MessageType::Audio, |message| message.audio = media.into())
    }

    /// A voice message.
    pub fn voice(media_id: &str) -> Self {
        let media = Media {
            voice: true.into(),
            ..media(media_id, "audio/ogg; codecs=opus")
        };
        Self::of_kind(MessageType::Audio, |message| message.audio = media.into())
    }

    /// A file.
    pub fn document(media_id: &str, filename: &str) -> Self {
        let media = Media {
            filename: Field::of(filename),
            ..media(media_id, "application/pdf")
        };
        Self::of_kind(MessageType::Document, |message| {
            message.document = media.into();
        })
    }

    /// A sticker.
    pub fn sticker(media_id: &str) -> Self {
        let media = Media {
            animated: false.into(),
            ..media(media_id, "image/webp")
        };
        Self::of_kind(MessageType::Sticker, |message| {
            message.sticker = media.into();
        })
    }

    /// A place, in degrees.
    pub fn location(latitude: f64, longitude: f64) -> Self {
        let degrees = |degrees| Number::from_f64(degrees).map_or(Field::Null, Field::Value);
        let location = Location {
            latitude: degrees(latitude),
            longitude: degrees(longitude),
            ..Location::default()
        };
        Self::of_kind(MessageType::Location, |message| {
            message.location = location.into();
        })
    }

    /// An address card with a name and a phone number.
    pub fn contact_card(name: &str, phone: &str) -> Self {
        let name = Name {
            formatted_name: Field::of(name),
            ..Name::default()
        };
        let phone = Phone {
            phone: Field::of(phone),
            ..Phone::default()
        };
        let card = ContactCard {
            name: name.into(),
            phones: vec![phone].into(),
            ..ContactCard::default()
        };
        Self::of_kind(MessageType::Contacts, |message| {
            message.contacts = vec![card].into();
        })
    }

    /// An emoji on the message with this wamid; empty to take it back.
    pub fn reaction(message_id: &str, emoji: &str) -> Self {
        let reaction = Reaction {
            message_id: Field::of(message_id),
            // Meta leaves it out where a reaction is taken back.
            emoji: match emoji {
                "" => Field::Absent,
                emoji => Field::of(emoji),
            },
            ..Reaction::default()
        };
        Self::of_kind(MessageType::Reaction, |message| {
            message.reaction = reaction.into();
        })
    }

    /// The button of an interactive message that was chosen.
    pub fn button_reply(id: &str, title: &str) -> Self {
        Self::interactive(InteractiveType::ButtonReply, |interactive| {
            interactive.button_reply = choice(id, title);
        })
    }

    /// The row of a list that was chosen.
    pub fn list_reply(id: &str, title: &str) -> Self {
        Self::interactive(InteractiveType::ListReply, |interactive| {
            interactive.list_reply = choice(id, title);
        })
    }

    /// What a flow answered.
    pub fn flow_reply(response: &Value) -> Self {
        let reply = FlowReply {
            name: Field::of("flow"),
            body: Field::of("Sent"),
            response_json: Field::of(response.to_string()),
            ..FlowReply::default()
        };
        Self::interactive(InteractiveType::FlowReply, |interactive| {
            interactive.nfm_reply = reply.into();
        })
    }

    /// A template's quick reply.
    pub fn button(payload: &str, text: &str) -> Self {
        let button = Button {
            payload: Field::of(payload),
            text: Field::of(text),
            ..Button::default()
        };
        Self::of_kind(MessageType::Button, |message| {
            message.button = button.into();
        })
    }

    /// A cart with one product.
    pub fn order(catalog_id: &str, product_retailer_id: &str, quantity: u32) -> Self {
        let item = OrderItem {
            product_retailer_id: Field::of(product_retailer_id),
            quantity: Text::from_number(quantity.into()).into(),
            item_price: Number::from(10).into(),
            currency: Field::of("EUR"),
            ..OrderItem::default()
        };
        let order = Order {
            catalog_id: Field::of(catalog_id),
            product_items: vec![item].into(),
            ..Order::default()
        };
        Self::of_kind(MessageType::Order, |message| message.order = order.into())
    }

    /// The sender has another number now.
    pub fn number_changed(new_wa_id: &str) -> Self {
        let system = System {
            body: Field::of("The number changed"),
            kind: SystemType::UserChangedNumber.into(),
            wa_id: Field::of(new_wa_id),
            ..System::default()
        };
        Self::of_kind(MessageType::System, |message| {
            message.system = system.into();
        })
    }

    /// A message that says something else now.
    pub fn edit(original_message_id: &str, body: &str) -> Self {
        let edit = Edit {
            original_message_id: Field::of(original_message_id),
            message: Box::new(Self::text(body).message).into(),
            ..Edit::default()
        };
        Self::of_kind(MessageType::Edit, |message| message.edit = edit.into())
    }

    /// A message that was taken back.
    pub fn revoke(original_message_id: &str) -> Self {
        let revoke = Revoke {
            original_message_id: Field::of(original_message_id),
            ..Revoke::default()
        };
        Self::of_kind(MessageType::Revoke, |message| {
            message.revoke = revoke.into();
        })
    }

    /// A type that Meta does not pass on, by its name.
    pub fn unsupported(kind: &str) -> Self {
        let unsupported = Unsupported {
            kind: Field::of(kind),
            ..Unsupported::default()
        };
        Self::of_kind(MessageType::Unsupported, |message| {
            message.errors = vec![problem(131_051, "Message type unknown")].into();
            message.unsupported = unsupported.into();
        })
    }

    /// From this person.
    pub fn from(mut self, contact: impl Into<Contact>) -> Self {
        self.contact = contact.into();
        self
    }

    /// With this wamid.
    pub fn id(self, id: impl Into<MessageId>) -> Self {
        self.with(|message| message.id = Field::of(id))
    }

    /// It was sent in this moment.
    pub fn at(self, at: UnixSeconds) -> Self {
        self.with(|message| message.timestamp = Timestamp::from(at).into())
    }

    /// Of a picture, film or file: with these words under it.
    pub fn caption(self, caption: &str) -> Self {
        self.with(|message| {
            let media = [
                &mut message.image,
                &mut message.video,
                &mut message.document,
            ];
            for media in media {
                if let Field::Value(media) = media {
                    media.caption = Field::of(caption);
                }
            }
        })
    }

    /// In this group.
    pub fn in_group(self, group_id: impl Into<GroupId>) -> Self {
        self.with(|message| message.group_id = Field::of(group_id))
    }

    /// In answer to the message with this wamid.
    pub fn replying_to(self, id: impl Into<MessageId>) -> Self {
        self.with_context(|context| context.id = Field::of(id))
    }

    /// Forwarded from somewhere.
    pub fn forwarded(self) -> Self {
        self.with_context(|context| context.forwarded = true.into())
    }

    /// Led here by an advertisement.
    pub fn referred(self, referral: Referral) -> Self {
        self.with(|message| message.referral = referral.into())
    }

    /// Anything else of it; members this version does not know go into `extra`.
    pub fn with(mut self, change: impl FnOnce(&mut Message)) -> Self {
        change(&mut self.message);
        self
    }

    fn with_context(self, change: impl FnOnce(&mut Context)) -> Self {
        self.with(|message| {
            let mut context = std::mem::take(&mut message.context)
                .into_option()
                .unwrap_or_default();
            change(&mut context);
            message.context = context.into();
        })
    }

    fn of_kind(kind: MessageType, change: impl FnOnce(&mut Message)) -> Self {
        Self::of(Message {
            kind: kind.into(),
            ..Message::default()
        })
        .with(change)
    }

    fn interactive(kind: InteractiveType, change: impl FnOnce(&mut Interactive)) -> Self {
        let mut interactive = Interactive {
            kind: kind.into(),
            ..Interactive::default()
        };
        change(&mut interactive);
        Self::of_kind(MessageType::Interactive, |message| {
            message.interactive = interactive.into();
        })
    }

    pub(super) fn complete(&mut self, id: &str, at: UnixSeconds) {
        if self.message.id.is_absent() {
            self.message.id = Field::of(id);
        }
        if self.message.timestamp.is_absent() {
            self.message.timestamp = Timestamp::from(at).into();
        }
    }

    pub(super) fn into_message(mut self) -> Message {
        self.message.from = self.contact.wa_id;
        self.message.from_user_id = self.contact.user_id;
        self.message.from_parent_user_id = self.contact.parent_user_id;
        self.message
    }

    pub(super) fn into_echo(mut self, business: &str) -> Message {
        self.message.from = Field::of(business);
        self.message.to = self.contact.wa_id;
        self.message.to_user_id = self.contact.user_id;
        self.message.to_parent_user_id = self.contact.parent_user_id;
        self.message
    }
}

fn media(id: &str, mime_type: &str) -> Media {
    Media {
        id: Field::of(id),
        mime_type: Field::of(mime_type),
        sha256: Field::of("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ..Media::default()
    }
}

fn choice(id: &str, title: &str) -> Field<Choice> {
    let choice = Choice {
        id: Field::of(id),
        title: Field::of(title),
        ..Choice::default()
    };
    choice.into()
}
