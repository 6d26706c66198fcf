//! An update, decoded whole: on demand, since routing needs little of it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::account::{
    AccountAlert, AccountReview, AccountSettings, AccountUpdate, BusinessCapability,
    BusinessUsername, FlowUpdate, PartnerSolution, PaymentConfiguration, PhoneNumberName,
    PhoneNumberQuality, Security,
};
use super::activity::{
    AutomaticEvent, Call, CallStatus, Contact, Group, HistoryChunk, StateSync, UserAction,
    UserIdUpdate, UserPreference,
};
use super::message::Message;
use super::status::{Status, ValueErrors};
use super::template::{TemplateCategory, TemplateComponents, TemplateQuality, TemplateStatus};
use super::update::{Update, UpdateKind};
use crate::raw;

/// An update's element, typed. Serialises to the JSON value it was decoded from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is documented by the type it holds")]
pub enum Decoded {
    Message(Box<Message>),
    Echo(Box<Message>),
    History(Box<Message>),
    Status(Box<Status>),
    HistoryChunk(Box<HistoryChunk>),
    StateSync(Box<StateSync>),
    Call(Box<Call>),
    CallStatus(Box<CallStatus>),
    Group(Box<Group>),
    UserPreference(Box<UserPreference>),
    UserIdUpdate(Box<UserIdUpdate>),
    AutomaticEvent(Box<AutomaticEvent>),
    UserAction(Box<UserAction>),
    AccountUpdate(Box<AccountUpdate>),
    AccountAlert(Box<AccountAlert>),
    AccountReview(Box<AccountReview>),
    AccountSettings(Box<AccountSettings>),
    BusinessCapability(Box<BusinessCapability>),
    BusinessUsername(Box<BusinessUsername>),
    TemplateStatus(Box<TemplateStatus>),
    TemplateQuality(Box<TemplateQuality>),
    TemplateCategory(Box<TemplateCategory>),
    TemplateComponents(Box<TemplateComponents>),
    PhoneNumberName(Box<PhoneNumberName>),
    PhoneNumberQuality(Box<PhoneNumberQuality>),
    Security(Box<Security>),
    Flow(Box<FlowUpdate>),
    PartnerSolution(Box<PartnerSolution>),
    PaymentConfiguration(Box<PaymentConfiguration>),
    Errors(Box<ValueErrors>),
    /// Anything else, and whatever is malformed.
    Other(Value),
}

/// An element that cannot be decoded: it nests deeper than 128 levels. Its `raw` is there all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooDeep;

impl std::fmt::Display for TooDeep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the update nests deeper than 128 levels")
    }
}

impl std::error::Error for TooDeep {}

impl Update<'_> {
    /// The element, typed by what it is.
    pub fn decode(&self) -> Result<Decoded, TooDeep> {
        let raw = self.raw;
        match &self.kind {
            UpdateKind::Message => typed(raw, Decoded::Message),
            UpdateKind::Echo => typed(raw, Decoded::Echo),
            UpdateKind::History => typed(raw, Decoded::History),
            UpdateKind::Status => typed(raw, Decoded::Status),
            UpdateKind::HistoryChunk => typed(raw, Decoded::HistoryChunk),
            UpdateKind::StateSync => typed(raw, Decoded::StateSync),
            UpdateKind::Call => typed(raw, Decoded::Call),
            UpdateKind::CallStatus => typed(raw, Decoded::CallStatus),
            UpdateKind::Group => typed(raw, Decoded::Group),
            UpdateKind::UserPreference => typed(raw, Decoded::UserPreference),
            UpdateKind::UserIdUpdate => typed(raw, Decoded::UserIdUpdate),
            UpdateKind::AutomaticEvent => typed(raw, Decoded::AutomaticEvent),
            UpdateKind::UserAction => typed(raw, Decoded::UserAction),
            UpdateKind::Value => whole_value(self.field(), raw),
            UpdateKind::Entry | UpdateKind::Malformed(_) => other(raw),
        }
    }

    /// The message, if it is one: inbound, echo or history.
    pub fn message(&self) -> Option<Message> {
        match self.decode() {
            Ok(Decoded::Message(message) | Decoded::Echo(message) | Decoded::History(message)) => {
                Some(*message)
            }
            _ => None,
        }
    }

    /// The status, if it is one.
    pub fn status(&self) -> Option<Status> {
        match self.decode() {
            Ok(Decoded::Status(status)) => Some(*status),
            _ => None,
        }
    }

    /// The `contacts[]` entry that belongs to it.
    pub fn contact(&self) -> Option<Contact> {
        raw::read_text(self.contact_json()?).ok()
    }
}

fn whole_value(field: &str, raw: &str) -> Result<Decoded, TooDeep> {
    match field {
        "account_update" => typed(raw, Decoded::AccountUpdate),
        "account_alerts" => typed(raw, Decoded::AccountAlert),
        "account_review_update" => typed(raw, Decoded::AccountReview),
        "account_settings_update" => typed(raw, Decoded::AccountSettings),
        "business_capability_update" => typed(raw, Decoded::BusinessCapability),
        "business_username_update" | "business_username_updates" => {
            typed(raw, Decoded::BusinessUsername)
        }
        "message_template_status_update" => typed(raw, Decoded::TemplateStatus),
        "message_template_quality_update" => typed(raw, Decoded::TemplateQuality),
        "template_category_update" | "template_correct_category_detection" => {
            typed(raw, Decoded::TemplateCategory)
        }
        "message_template_components_update" => typed(raw, Decoded::TemplateComponents),
        "phone_number_name_update" => typed(raw, Decoded::PhoneNumberName),
        "phone_number_quality_update" => typed(raw, Decoded::PhoneNumberQuality),
        "security" => typed(raw, Decoded::Security),
        "flows" => typed(raw, Decoded::Flow),
        "partner_solutions" => typed(raw, Decoded::PartnerSolution),
        "payment_configuration_update" => typed(raw, Decoded::PaymentConfiguration),
        "messages" | "calls" => typed(raw, Decoded::Errors),
        _ => other(raw),
    }
}

/// Every typed struct takes any object; what is no object stays a value.
fn typed<T: DeserializeOwned>(raw: &str, wrap: fn(Box<T>) -> Decoded) -> Result<Decoded, TooDeep> {
    if let Ok(decoded) = raw::read_text(raw) {
        return Ok(wrap(Box::new(decoded)));
    }
    other(raw)
}

fn other(raw: &str) -> Result<Decoded, TooDeep> {
    raw::read_text(raw).map(Decoded::Other).map_err(|_| TooDeep)
}
