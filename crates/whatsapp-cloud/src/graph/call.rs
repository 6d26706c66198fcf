//! Voice calls, and the permission to make them.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/>
//!
//! Limits: a messaging limit of 2,000 or more; 10 connected calls of the business per person and day; 1,000 calls at a time; a
//! permission lasts seven days or for good, may be asked for once a day and twice a week, and looked up 5 times a second.
//! Errors 138000 to 138018.

use serde::{Deserialize, Serialize};

use crate::id::{CallId, PhoneNumberId, UserId, WaId};
use crate::open::{Text, open_enums, open_structs};
use crate::time::Timestamp;

endpoints! {
    /// Begins, takes, refuses or ends a call. See [`ManageCall::connect`] and its siblings.
    POST ManageCall "{phone_number_id}/calls" -> Called {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body { action: CallAction }
        body_optional {
            /// Whom to call, by phone number.
            to: WaId,
            /// Whom to call, by business-scoped user id.
            recipient: UserId,
            /// The call, for every action but `connect`.
            call_id: CallId,
            session: Session,
            /// At most 512 characters; comes back with the call's webhooks.
            biz_opaque_callback_data: String,
        }
    }

    /// Whether a person may be called, and what may be asked of them.
    GET GetCallPermissions "{phone_number_id}/call_permissions" -> CallPermissions {
        path { phone_number_id: PhoneNumberId }
        query_optional {
            /// The person, by phone number.
            user_wa_id: WaId,
            /// The person, by business-scoped user id.
            recipient: UserId,
        }
    }
}

impl ManageCall {
    /// Calls a person at this number.
    pub fn connect(
        phone_number_id: impl Into<PhoneNumberId>,
        to: impl Into<WaId>,
        offer: impl Into<String>,
    ) -> Self {
        Self::new(phone_number_id, CallAction::Connect)
            .to(to)
            .session(Session::offer(offer))
    }

    /// Gets ready to take a call, so that it begins without delay.
    pub fn pre_accept(
        phone_number_id: impl Into<PhoneNumberId>,
        call_id: impl Into<CallId>,
        answer: impl Into<String>,
    ) -> Self {
        Self::of(phone_number_id, CallAction::PreAccept, call_id).session(Session::answer(answer))
    }

    /// Takes a call.
    pub fn accept(
        phone_number_id: impl Into<PhoneNumberId>,
        call_id: impl Into<CallId>,
        answer: impl Into<String>,
    ) -> Self {
        Self::of(phone_number_id, CallAction::Accept, call_id).session(Session::answer(answer))
    }

    /// Refuses a call.
    pub fn reject(phone_number_id: impl Into<PhoneNumberId>, call_id: impl Into<CallId>) -> Self {
        Self::of(phone_number_id, CallAction::Reject, call_id)
    }

    /// Ends a call.
    pub fn terminate(
        phone_number_id: impl Into<PhoneNumberId>,
        call_id: impl Into<CallId>,
    ) -> Self {
        Self::of(phone_number_id, CallAction::Terminate, call_id)
    }

    fn of(
        phone_number_id: impl Into<PhoneNumberId>,
        action: CallAction,
        call_id: impl Into<CallId>,
    ) -> Self {
        Self::new(phone_number_id, action).call_id(call_id)
    }
}

/// One side's description of the call, as SDP (RFC 8866).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `offer` or `answer`.
    pub sdp_type: String,
    /// The description.
    pub sdp: String,
}

impl Session {
    /// What the caller offers.
    pub fn offer(sdp: impl Into<String>) -> Self {
        Self {
            sdp_type: "offer".to_owned(),
            sdp: sdp.into(),
        }
    }

    /// What the called answers.
    pub fn answer(sdp: impl Into<String>) -> Self {
        Self {
            sdp_type: "answer".to_owned(),
            sdp: sdp.into(),
        }
    }
}

/// A description holds addresses and keys: shows its type.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("sdp_type", &self.sdp_type)
            .finish_non_exhaustive()
    }
}

open_enums! {
    /// What to do with a call.
    CallAction {
        Connect = "connect",
        PreAccept = "pre_accept",
        Accept = "accept",
        Reject = "reject",
        Terminate = "terminate",
    }
}

open_structs! {
    /// A call that was begun has an id; what was done to one was a success.
    Called {
        messaging_product: Text,
        calls: Vec<CalledId>,
        success: bool,
    }

    /// The call.
    CalledId {
        id: CallId,
    }

    /// Whether a person may be called.
    CallPermissions {
        messaging_product: Text,
        permission: CallPermission,
        actions: Vec<CallPermitted>,
    }

    /// The permission itself.
    CallPermission {
        /// `no_permission`, `temporary`, `permanent`; older pages: `granted`, `pending`, `denied`, `expired`.
        status: Text,
        expiration_time: Timestamp,
    }

    /// What may be done now.
    CallPermitted {
        /// `start_call` or `send_call_permission_request`.
        action_name: Text,
        can_perform_action: bool,
        limits: Vec<CallLimit>,
    }

    /// How often, and how often it was done.
    CallLimit {
        /// An ISO 8601 duration: `PT24H`, `P7D`.
        time_period: Text,
        current_usage: i64,
        max_allowed: i64,
        limit_expiration_time: Timestamp,
    }
}
