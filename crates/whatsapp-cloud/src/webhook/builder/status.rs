//! Statuses, as Meta posts them.

use crate::id::MessageId;
use crate::open::{Field, Text};
use crate::time::{Timestamp, UnixSeconds};
use crate::webhook::activity::Contact;
use crate::webhook::status::{
    ErrorData, Pricing, PricingCategory, PricingModel, PricingType, Problem, Status, StatusKind,
};

/// A status to be posted. Unless told otherwise it is of a message to `15550000001`.
#[derive(Debug, Clone)]
#[must_use = "a status is added to a notification by `WebhookBuilder::status`"]
pub struct StatusUpdate(Status);

impl StatusUpdate {
    /// The message with this wamid got so far.
    pub fn new(status: StatusKind, id: impl Into<MessageId>) -> Self {
        let status = Status {
            id: Field::of(id),
            status: status.into(),
            ..Status::default()
        };
        Self(status).to("15550000001")
    }

    /// The message was sent.
    pub fn sent(id: impl Into<MessageId>) -> Self {
        Self::new(StatusKind::Sent, id)
    }

    /// The message was delivered.
    pub fn delivered(id: impl Into<MessageId>) -> Self {
        Self::new(StatusKind::Delivered, id)
    }

    /// The message was read.
    pub fn read(id: impl Into<MessageId>) -> Self {
        Self::new(StatusKind::Read, id)
    }

    /// The message failed, with Meta's error code and its title.
    pub fn failed(id: impl Into<MessageId>, code: i64, title: &str) -> Self {
        Self::new(StatusKind::Failed, id).error(code, title)
    }

    /// An error that comes with it.
    pub fn error(self, code: i64, title: &str) -> Self {
        self.with(|status| {
            let mut errors = std::mem::take(&mut status.errors)
                .into_option()
                .unwrap_or_default();
            errors.push(problem(code, title));
            status.errors = errors.into();
        })
    }

    /// Of a message to this person.
    pub fn to(self, contact: impl Into<Contact>) -> Self {
        let contact = contact.into();
        self.with(|status| {
            status.recipient_id = contact.wa_id;
            status.recipient_user_id = contact.user_id;
            status.recipient_parent_user_id = contact.parent_user_id;
        })
    }

    /// Of a message to this group, as to one of its members.
    pub fn in_group(self, group_id: &str, member: impl Into<Contact>) -> Self {
        let member = member.into();
        self.with(|status| {
            status.recipient_id = Field::of(group_id);
            status.recipient_user_id = Field::Absent;
            status.recipient_parent_user_id = Field::Absent;
            status.recipient_type = Field::of("group");
            status.recipient_participant_id = member.wa_id;
            status.recipient_participant_user_id = member.user_id;
        })
    }

    /// What the business gave as `biz_opaque_callback_data` when it sent the message.
    pub fn callback_data(self, data: &str) -> Self {
        self.with(|status| status.biz_opaque_callback_data = Field::of(data))
    }

    /// Billed per message, as this.
    pub fn billed(self, category: PricingCategory) -> Self {
        self.priced(true, PricingType::Regular, category)
    }

    /// Not billed, and why.
    pub fn free(self, why: PricingType, category: PricingCategory) -> Self {
        self.priced(false, why, category)
    }

    /// It happened in this moment.
    pub fn at(self, at: UnixSeconds) -> Self {
        self.with(|status| status.timestamp = Timestamp::from(at).into())
    }

    /// Anything else of it.
    pub fn with(mut self, change: impl FnOnce(&mut Status)) -> Self {
        change(&mut self.0);
        self
    }

    fn priced(self, billable: bool, kind: PricingType, category: PricingCategory) -> Self {
        let pricing = Pricing {
            billable: billable.into(),
            pricing_model: PricingModel::PerMessage.into(),
            kind: kind.into(),
            category: category.into(),
            ..Pricing::default()
        };
        self.with(|status| status.pricing = pricing.into())
    }

    pub(super) fn complete(&mut self, at: UnixSeconds) {
        if self.0.timestamp.is_absent() {
            self.0.timestamp = Timestamp::from(at).into();
        }
    }

    pub(super) fn into_status(self) -> Status {
        self.0
    }
}

/// An error as webhooks have it.
pub(super) fn problem(code: i64, title: &str) -> Problem {
    let details = ErrorData {
        details: Field::of(title),
        ..ErrorData::default()
    };
    Problem {
        code: Text::from_number(code).into(),
        title: Field::of(title),
        message: Field::of(title),
        error_data: details.into(),
        ..Problem::default()
    }
}
