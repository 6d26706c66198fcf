//! What messages say, type by type.

use serde_json::Number;

use super::message::{Message, number};
use super::open::{Text, open_enums, open_structs, sent_structs};
use crate::id::{MediaId, MessageId, UserId, WaId};
use crate::time::Timestamp;

open_structs! {
    /// Words.
    TextContent {
        body: Text,
    }

    /// A file: image, video, audio, document, sticker.
    Media {
        id: MediaId,
        mime_type: Text,
        /// Base64 of the SHA-256 digest.
        sha256: Text,
        /// Of documents.
        filename: Text,
        caption: Text,
        /// Where it can be fetched with the access token, for five minutes.
        url: Text,
        /// Of audio: a voice message.
        voice: bool,
        /// Of stickers.
        animated: bool,
    }

    /// An answer to an interactive message.
    Interactive {
        #[serde(rename = "type")]
        kind: InteractiveType,
        button_reply: Choice,
        list_reply: Choice,
        nfm_reply: FlowReply,
        call_permission_reply: CallPermission,
        payment_method: PaymentMethod,
    }

    /// The button or row someone chose.
    Choice {
        id: Text,
        title: Text,
        description: Text,
    }

    /// What a flow (or an address form) answered.
    FlowReply {
        name: Text,
        body: Text,
        /// JSON, inside a string.
        response_json: Text,
    }

    /// Whether the business may call.
    CallPermission {
        response: Text,
        is_permanent: bool,
        expiration_timestamp: Timestamp,
        response_source: Text,
    }

    /// How someone wants to pay.
    PaymentMethod {
        payment_method: Text,
        payment_timestamp: Timestamp,
        reference_id: Text,
        last_four_digits: Text,
        credential_id: Text,
    }

    /// A template's quick reply.
    Button {
        payload: Text,
        text: Text,
    }

    /// A cart.
    Order {
        catalog_id: Text,
        text: Text,
        product_items: Vec<OrderItem>,
    }

    /// One product of a cart.
    OrderItem {
        product_retailer_id: Text,
        /// A number, also written as a string.
        quantity: Text,
        item_price: Number,
        currency: Text,
    }

    /// WhatsApp itself, about someone's number or identity.
    System {
        body: Text,
        #[serde(rename = "type")]
        kind: SystemType,
        wa_id: WaId,
        new_wa_id: WaId,
        user_id: UserId,
        parent_user_id: UserId,
        identity: Text,
        customer: WaId,
    }

    /// A type Meta does not pass on, by its name.
    Unsupported {
        #[serde(rename = "type")]
        kind: Text,
    }

    /// An earlier message says something else now.
    Edit {
        original_message_id: MessageId,
        message: Box<Message>,
    }

    /// An earlier message was taken back.
    Revoke {
        original_message_id: MessageId,
    }
}

sent_structs! {
    /// A place. [`Location::point`] reads the coordinates however they came.
    Location {
        latitude: Number,
        longitude: Number,
        name: Text,
        address: Text,
        url: Text,
    }

    /// An address card.
    ContactCard {
        addresses: Vec<Address>,
        birthday: Text,
        emails: Vec<Email>,
        name: Name,
        org: Organisation,
        phones: Vec<Phone>,
        urls: Vec<Link>,
        vcard: Text,
        origin: CardOrigin,
    }

    /// A postal address.
    Address {
        city: Text,
        country: Text,
        country_code: Text,
        state: Text,
        street: Text,
        #[serde(rename = "type")]
        kind: Text,
        zip: Text,
    }

    /// An e-mail address.
    Email {
        email: Text,
        #[serde(rename = "type")]
        kind: Text,
    }

    /// A name.
    Name {
        formatted_name: Text,
        first_name: Text,
        last_name: Text,
        middle_name: Text,
        suffix: Text,
        prefix: Text,
    }

    /// An employer.
    Organisation {
        company: Text,
        department: Text,
        title: Text,
    }

    /// A phone number.
    Phone {
        phone: Text,
        wa_id: WaId,
        user_id: UserId,
        #[serde(rename = "type")]
        kind: Text,
    }

    /// A web address.
    Link {
        url: Text,
        #[serde(rename = "type")]
        kind: Text,
    }

    /// An emoji on an earlier message. Absent or empty: the reaction was taken back.
    Reaction {
        message_id: MessageId,
        emoji: Text,
    }
}

open_enums! {
    /// What was answered.
    InteractiveType {
        ButtonReply = "button_reply",
        ListReply = "list_reply",
        FlowReply = "nfm_reply",
        CallPermissionReply = "call_permission_reply",
        PaymentMethod = "payment_method",
    }

    /// What happened to someone's number or identity.
    SystemType {
        UserChangedNumber = "user_changed_number",
        CustomerChangedNumber = "customer_changed_number",
        CustomerIdentityChanged = "customer_identity_changed",
        UserChangedUserId = "user_changed_user_id",
    }

    /// Why a card was sent.
    CardOrigin {
        ContactRequest = "contact_request",
        Other = "other",
    }
}

impl Location {
    /// Latitude and longitude in degrees, if both can be read.
    pub fn point(&self) -> Option<(f64, f64)> {
        Some((number(&self.latitude)?, number(&self.longitude)?))
    }
}
