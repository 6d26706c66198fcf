//! `statuses[]`, and the errors of statuses, messages and values.

use serde_json::Number;

use super::open::{Extra, Field, Text, open_enums, open_structs};
use crate::id::{GroupId, MessageId, UserId, WaId};
use crate::time::Timestamp;

open_structs! {
    /// How far a message of the business has come. In groups there is one for each member and message.
    Status {
        id: MessageId,
        status: StatusKind,
        timestamp: Timestamp,
        /// A phone number, or a group if `recipient_type` says so. Absent for people who hide their number.
        recipient_id: WaId,
        recipient_user_id: UserId,
        recipient_parent_user_id: UserId,
        /// Another spelling of `recipient_parent_user_id`, of early 2026.
        parent_recipient_user_id: UserId,
        recipient_type: Text,
        recipient_participant_id: WaId,
        /// Another spelling of `recipient_participant_id`.
        participant_recipient_id: WaId,
        recipient_participant_user_id: UserId,
        recipient_participant_parent_user_id: UserId,
        recipient_identity_key_hash: Text,
        group_id: GroupId,
        /// As the business gave it when it sent the message.
        biz_opaque_callback_data: Text,
        conversation: Box<Conversation>,
        pricing: Box<Pricing>,
        /// `payment`, `call`, or absent.
        #[serde(rename = "type")]
        kind: Text,
        payment: Box<Payment>,
        errors: Vec<Problem>,
    }

    /// A `value` that holds nothing but errors.
    ValueErrors {
        errors: Vec<Problem>,
    }

    /// What an error says.
    Problem {
        code: Text,
        title: Text,
        message: Text,
        error_data: ErrorData,
        href: Text,
    }

    /// More about an error.
    ErrorData {
        details: Text,
    }

    /// The conversation a message opened or belongs to. Since v24.0 only for free entry points.
    Conversation {
        id: Text,
        expiration_timestamp: Timestamp,
        origin: Origin,
    }

    /// What a conversation began with.
    Origin {
        #[serde(rename = "type")]
        kind: Text,
    }

    /// What a message costs.
    Pricing {
        billable: bool,
        pricing_model: PricingModel,
        #[serde(rename = "type")]
        kind: PricingType,
        category: PricingCategory,
    }

    /// How a payment stands.
    Payment {
        reference_id: Text,
        amount: Amount,
        currency: Text,
        transaction: Extra,
    }

    /// An amount: `value` divided by `offset`.
    Amount {
        value: Number,
        offset: Number,
    }
}

open_enums! {
    /// What a status says.
    StatusKind {
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        Played = "played",
        Failed = "failed",
        Deleted = "deleted",
        Captured = "captured",
        Pending = "pending",
    }

    /// By what Meta bills.
    PricingModel {
        PerConversation = "CBP",
        PerMessage = "PMP",
    }

    /// Whether a message is billed.
    PricingType {
        Regular = "regular",
        FreeCustomerService = "free_customer_service",
        FreeEntryPoint = "free_entry_point",
    }

    /// What a message is billed as.
    PricingCategory {
        Authentication = "authentication",
        AuthenticationInternational = "authentication_international",
        Marketing = "marketing",
        MarketingLite = "marketing_lite",
        Utility = "utility",
        Service = "service",
        ReferralConversion = "referral_conversion",
        GeneralPurposeAi = "general_purpose_ai",
    }
}

impl Status {
    /// The parent portfolio's id of the recipient, in either spelling.
    pub fn parent_user_id(&self) -> Option<&UserId> {
        self.recipient_parent_user_id
            .get()
            .or(self.parent_recipient_user_id.get())
    }

    /// The group member it speaks of, in either spelling.
    pub fn participant(&self) -> Option<&WaId> {
        self.recipient_participant_id
            .get()
            .or(self.participant_recipient_id.get())
    }
}

impl Problem {
    /// Meta's error code: what to branch on.
    pub fn code(&self) -> Option<i64> {
        self.code.get()?.as_str().parse().ok()
    }

    /// The details, which Meta writes as an object or as a plain string.
    pub fn details(&self) -> Option<&str> {
        match &self.error_data {
            Field::Value(data) => data.details.get().map(Text::as_str),
            Field::Odd(value) => value.as_str(),
            _ => None,
        }
    }
}
