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
        let value: Value = serde_json::from_str(self.raw).map_err(|_| TooDeep)?;
        Ok(match &self.kind {
            UpdateKind::Message => typed(value, Decoded::Message),
            UpdateKind::Echo => typed(value, Decoded::Echo),
            UpdateKind::History => typed(value, Decoded::History),
            UpdateKind::Status => typed(value, Decoded::Status),
            UpdateKind::HistoryChunk => typed(value, Decoded::HistoryChunk),
            UpdateKind::StateSync => typed(value, Decoded::StateSync),
            UpdateKind::Call => typed(value, Decoded::Call),
            UpdateKind::CallStatus => typed(value, Decoded::CallStatus),
            UpdateKind::Group => typed(value, Decoded::Group),
            UpdateKind::UserPreference => typed(value, Decoded::UserPreference),
            UpdateKind::UserIdUpdate => typed(value, Decoded::UserIdUpdate),
            UpdateKind::AutomaticEvent => typed(value, Decoded::AutomaticEvent),
            UpdateKind::UserAction => typed(value, Decoded::UserAction),
            UpdateKind::Value => whole_value(self.field(), value),
            UpdateKind::Entry | UpdateKind::Malformed(_) => Decoded::Other(value),
        })
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
        let value: Value = serde_json::from_str(self.contact_json()?).ok()?;
        serde_json::from_value(value).ok()
    }
}

fn whole_value(field: &str, value: Value) -> Decoded {
    match field {
        "account_update" => typed(value, Decoded::AccountUpdate),
        "account_alerts" => typed(value, Decoded::AccountAlert),
        "account_review_update" => typed(value, Decoded::AccountReview),
        "account_settings_update" => typed(value, Decoded::AccountSettings),
        "business_capability_update" => typed(value, Decoded::BusinessCapability),
        "business_username_update" | "business_username_updates" => {
            typed(value, Decoded::BusinessUsername)
        }
        "message_template_status_update" => typed(value, Decoded::TemplateStatus),
        "message_template_quality_update" => typed(value, Decoded::TemplateQuality),
        "template_category_update" | "template_correct_category_detection" => {
            typed(value, Decoded::TemplateCategory)
        }
        "message_template_components_update" => typed(value, Decoded::TemplateComponents),
        "phone_number_name_update" => typed(value, Decoded::PhoneNumberName),
        "phone_number_quality_update" => typed(value, Decoded::PhoneNumberQuality),
        "security" => typed(value, Decoded::Security),
        "flows" => typed(value, Decoded::Flow),
        "partner_solutions" => typed(value, Decoded::PartnerSolution),
        "payment_configuration_update" => typed(value, Decoded::PaymentConfiguration),
        "messages" | "calls" => typed(value, Decoded::Errors),
        _ => Decoded::Other(value),
    }
}

/// Every typed struct takes any object; what is no object stays a value.
fn typed<T: DeserializeOwned>(value: Value, wrap: fn(Box<T>) -> Decoded) -> Decoded {
    match T::deserialize(&value) {
        Ok(decoded) => wrap(Box::new(decoded)),
        Err(_) => Decoded::Other(value),
    }
}
