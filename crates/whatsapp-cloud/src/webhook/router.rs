//! From what happened to who deals with it: async handlers, one for each kind of update.
//!
//! ```
//! use whatsapp_cloud::webhook::account::AccountUpdate;
//! use whatsapp_cloud::webhook::message::{Content, Message};
//! use whatsapp_cloud::webhook::status::Status;
//! use whatsapp_cloud::webhook::{Notification, Received, Router};
//!
//! async fn message(received: Received<Message>) -> Result<(), std::io::Error> {
//!     if let Content::Text(text) = received.element.content() {
//!         // received.person: whoever wrote; received.key: the same if Meta sends it again.
//!         let _words = text.body.get();
//!     }
//!     Ok(())
//! }
//!
//! async fn status(_received: Received<Status>) {}
//!
//! let router = Router::new()
//!     .on_message(message)
//!     .on_status(status)
//!     .on_account_update(async |received: Received<AccountUpdate>| drop(received))
//!     // Everything else, of tomorrow too; without it, it is counted in the report.
//!     .fallback(async |received| drop(received));
//!
//! # futures_util::FutureExt::now_or_never(async {
//! let notification = Notification::read("{}".into())?;
//! let report = router.handle(&notification).await;
//! // What makes no sense is reported, with its place, and is given to `on_malformed` or the fallback.
//! assert_eq!(report.malformed.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap().unwrap();
//! ```
//!
//! **Invariant:** every update is given to exactly one handler or counted as unhandled; one that fails costs the others nothing.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::account::{
    AccountAlert, AccountReview, AccountSettings, AccountUpdate, BusinessCapability,
    BusinessUsername, FlowUpdate, PartnerSolution, PaymentConfiguration, PhoneNumberName,
    PhoneNumberQuality, Security,
};
use super::activity::{
    AutomaticEvent, Call, CallStatus, Group, HistoryChunk, StateSync, UserAction, UserIdUpdate,
    UserPreference,
};
use super::decode::Decoded;
use super::message::Message;
use super::received::{Notification, Received};
use super::status::{Status, ValueErrors};
use super::template::{TemplateCategory, TemplateComponents, TemplateQuality, TemplateStatus};
use super::update::{Fault, UpdateKind};

/// What a handler failed with.
pub type HandlerError = Box<dyn StdError + Send + Sync>;

type Handler<T> = Arc<dyn Fn(Received<T>) -> Handled + Send + Sync>;
type Handled = Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send>>;

/// What a handler may come to: nothing, or a result.
pub trait Outcome {
    /// The result.
    fn into_result(self) -> Result<(), HandlerError>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl<E: Into<HandlerError>> Outcome for Result<(), E> {
    fn into_result(self) -> Result<(), HandlerError> {
        self.map_err(Into::into)
    }
}

/// What became of a notification.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// Updates that a handler took, and was content with.
    pub handled: usize,
    /// Updates nobody wanted.
    pub unhandled: usize,
    /// Parts that make no sense, whoever took them.
    pub malformed: Vec<Fault>,
    /// Updates whose handler failed. Answer 500, and Meta sends the whole notification again.
    pub failed: Vec<Failed>,
}

/// An update whose handler failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failed {
    /// What it was.
    pub kind: UpdateKind,
    /// [`Key::digest`](super::Key::digest).
    pub key: String,
    /// What the handler said.
    pub error: HandlerError,
}

macro_rules! router {
    ($($(#[$doc:meta])* $on:ident: $variant:ident($type:ty),)*) => {
        /// Gives each update of a notification to its handler, one after another, in the order of the body. Cheap to clone.
        ///
        /// A handler is an `async fn` of one [`Received`]; it returns nothing or a `Result`. Of two for the same kind the later
        /// one counts. Handlers that take long keep Meta waiting (it wants its answer within a second): store, answer, then
        /// work.
        #[derive(Clone, Default)]
        pub struct Router {
            $($on: Option<Handler<$type>>,)*
            on_malformed: Option<Handler<Fault>>,
            fallback: Option<Handler<Decoded>>,
        }

        impl Router {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $on<F, R>(mut self, handler: F) -> Self
                where
                    F: Fn(Received<$type>) -> R + Send + Sync + 'static,
                    R: Future<Output: Outcome> + Send + 'static,
                {
                    self.$on = Some(boxed(handler));
                    self
                }
            )*

            /// What to do with it; `None` if nobody wants it.
            fn handler(&self, received: Received) -> Option<Handled> {
                let (element, around) = received.exchange(());
                match element {
                    $(Decoded::$variant(element) if self.$on.is_some() => {
                        Some(self.$on.as_ref()?(around.with(*element)))
                    })*
                    element => Some(self.fallback.as_ref()?(around.with(element))),
                }
            }

            fn handlers(&self) -> Vec<&'static str> {
                let named = [$((stringify!($on), self.$on.is_some()),)*];
                named.into_iter().filter_map(|(name, there)| there.then_some(name)).collect()
            }
        }
    };
}

router! {
    /// Somebody wrote.
    on_message: Message(Message),
    /// A message of the business got somewhere, or failed.
    on_status: Status(Status),
    /// The business wrote from its own phone.
    on_echo: Echo(Message),
    /// A message of the past.
    on_history: History(Message),
    /// How far the history has come, or why there is none.
    on_history_chunk: HistoryChunk(HistoryChunk),
    /// The business's address book changed.
    on_state_sync: StateSync(StateSync),
    /// Somebody calls, is called, or hung up.
    on_call: Call(Call),
    /// How a call of the business goes.
    on_call_status: CallStatus(CallStatus),
    /// Something happened to a group.
    on_group: Group(Group),
    /// Somebody wants marketing messages, or no more of them.
    on_user_preference: UserPreference(UserPreference),
    /// Somebody's business-scoped id changed.
    on_user_id_update: UserIdUpdate(UserIdUpdate),
    /// Meta saw a conversion.
    on_automatic_event: AutomaticEvent(AutomaticEvent),
    /// Somebody followed a link of a marketing message.
    on_user_action: UserAction(UserAction),
    /// `account_update`: bans, restrictions, partners, tiers.
    on_account_update: AccountUpdate(AccountUpdate),
    /// `account_alerts`.
    on_account_alert: AccountAlert(AccountAlert),
    /// `account_review_update`.
    on_account_review: AccountReview(AccountReview),
    /// `account_settings_update`.
    on_account_settings: AccountSettings(AccountSettings),
    /// `business_capability_update`: messaging limits.
    on_business_capability: BusinessCapability(BusinessCapability),
    /// `business_username_update`.
    on_business_username: BusinessUsername(BusinessUsername),
    /// `message_template_status_update`: approved, rejected, paused, …
    on_template_status: TemplateStatus(TemplateStatus),
    /// `message_template_quality_update`.
    on_template_quality: TemplateQuality(TemplateQuality),
    /// `template_category_update`.
    on_template_category: TemplateCategory(TemplateCategory),
    /// `message_template_components_update`.
    on_template_components: TemplateComponents(TemplateComponents),
    /// `phone_number_name_update`.
    on_phone_number_name: PhoneNumberName(PhoneNumberName),
    /// `phone_number_quality_update`.
    on_phone_number_quality: PhoneNumberQuality(PhoneNumberQuality),
    /// `security`: somebody changed or asked for a number's PIN.
    on_security: Security(Security),
    /// `flows`: a flow's state, errors and latency.
    on_flow: Flow(FlowUpdate),
    /// `partner_solutions`.
    on_partner_solution: PartnerSolution(PartnerSolution),
    /// `payment_configuration_update`.
    on_payment_configuration: PaymentConfiguration(PaymentConfiguration),
    /// A `value` that holds nothing but errors.
    on_errors: Errors(ValueErrors),
}

impl Router {
    /// One without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    /// A part that makes no sense: where, and why. Its text is [`Received::raw`]. Without a handler it goes to the fallback.
    #[must_use]
    pub fn on_malformed<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Received<Fault>) -> R + Send + Sync + 'static,
        R: Future<Output: Outcome> + Send + 'static,
    {
        self.on_malformed = Some(boxed(handler));
        self
    }

    /// Everything that has no handler of its own, and every field and kind that this version does not know.
    #[must_use]
    pub fn fallback<F, R>(mut self, handler: F) -> Self
    where
        F: Fn(Received) -> R + Send + Sync + 'static,
        R: Future<Output: Outcome> + Send + 'static,
    {
        self.fallback = Some(boxed(handler));
        self
    }

    /// Gives each update to its handler, and says what became of them.
    pub async fn handle(&self, notification: &Notification) -> Report {
        let mut report = Report::default();
        for update in notification.payload().updates() {
            let received = Received::of(update, notification.body());
            if let Some(fault) = received.fault() {
                tracing::warn!(
                    path = fault.path,
                    reason = fault.reason,
                    "a part of a webhook makes no sense"
                );
                report.malformed.push(fault.clone());
            }
            let key = received.key.clone();
            let Some(handled) = self.begin(received) else {
                report.unhandled += 1;
                continue;
            };
            match handled.await {
                Ok(()) => report.handled += 1,
                Err(error) => {
                    let kind = update.kind.clone();
                    report.failed.push(Failed { kind, key, error });
                }
            }
        }
        report
    }

    fn begin(&self, received: Received) -> Option<Handled> {
        match (received.fault().cloned(), &self.on_malformed) {
            (Some(fault), Some(handler)) => Some(handler(received.with(fault))),
            _ => self.handler(received),
        }
    }
}

fn boxed<T, F, R>(handler: F) -> Handler<T>
where
    F: Fn(Received<T>) -> R + Send + Sync + 'static,
    R: Future<Output: Outcome> + Send + 'static,
{
    Arc::new(move |received| {
        let outcome = handler(received);
        Box::pin(async move { outcome.await.into_result() })
    })
}

/// Shows which kinds have a handler.
impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("handlers", &self.handlers())
            .field("fallback", &self.fallback.is_some())
            .finish_non_exhaustive()
    }
}
