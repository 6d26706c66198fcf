//! QR codes and short links that begin a conversation.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
//!
//! Limits: 2,000 per number; a text of 140 characters.

use super::Done;
use crate::id::PhoneNumberId;
use crate::open::{Text, open_structs};
use crate::time::Timestamp;

endpoints! {
    /// Makes a code.
    POST CreateQrCode "{phone_number_id}/message_qrdls" -> QrCode {
        path { phone_number_id: PhoneNumberId }
        body {
            /// What the person's message begins with.
            prefilled_message: String
        }
        body_optional {
            /// `PNG` or `SVG`.
            generate_qr_image: String
        }
    }

    /// Changes a code's text.
    POST(repeatable) UpdateQrCode "{phone_number_id}/message_qrdls" -> QrCode {
        path { phone_number_id: PhoneNumberId }
        body {
            code: String,
            prefilled_message: String,
        }
    }

    /// One code.
    GET GetQrCode "{phone_number_id}/message_qrdls/{code}" -> QrCodeAnswer {
        path { phone_number_id: PhoneNumberId, code: String }
        query_optional { fields: String }
    }

    /// Deletes a code: it leads nowhere any more.
    DELETE DeleteQrCode "{phone_number_id}/message_qrdls/{code}" -> Done {
        path { phone_number_id: PhoneNumberId, code: String }
    }
}

pages! {
    /// The number's codes; `fields=code,prefilled_message,qr_image_url.format(SVG)` brings images.
    ListQrCodes "{phone_number_id}/message_qrdls" -> QrCode {
        path { phone_number_id: PhoneNumberId }
        query_optional { code: String,
        }
    }
}

open_structs! {
    /// A code.
    QrCode {
        code: Text,
        prefilled_message: Text,
        deep_link_url: Text,
        creation_time: Timestamp,
        qr_image_url: Text,
    }

    /// One code, plainly or as the one element of `data`.
    QrCodeAnswer {
        data: Vec<QrCode>,
        code: Text,
        prefilled_message: Text,
        deep_link_url: Text,
        creation_time: Timestamp,
        qr_image_url: Text,
    }
}
