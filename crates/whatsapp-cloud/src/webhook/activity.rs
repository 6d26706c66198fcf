//! Calls, groups, people's preferences and identities, address books and history: elements of the newer fields' lists.

use serde_json::Number;

use super::message::Message;
use super::open::{Extra, Text, open_enums, open_structs};
use super::status::Problem;
use crate::id::{CallId, GroupId, UserId, WaId};
use crate::time::Timestamp;

open_structs! {
    /// An element of `calls[]`.
    Call {
        id: CallId,
        wacid: CallId,
        event: CallEvent,
        direction: CallDirection,
        from: WaId,
        from_user_id: UserId,
        from_parent_user_id: UserId,
        to: WaId,
        to_user_id: UserId,
        to_parent_user_id: UserId,
        timestamp: Timestamp,
        session: Session,
        connection: Extra,
        status: Text,
        start_time: Timestamp,
        end_time: Timestamp,
        /// In seconds.
        duration: Number,
        deeplink_payload: Text,
        cta_payload: Text,
        biz_opaque_callback_data: Text,
        errors: Vec<Problem>,
    }

    /// A session description.
    Session {
        sdp_type: Text,
        sdp: Text,
    }

    /// A call's status.
    CallStatus {
        id: CallId,
        #[serde(rename = "type")]
        kind: Text,
        status: CallState,
        timestamp: Timestamp,
        recipient_id: WaId,
        recipient_user_id: UserId,
        recipient_parent_user_id: UserId,
        biz_opaque_callback_data: Text,
        errors: Vec<Problem>,
    }

    /// An element of `groups[]`.
    Group {
        timestamp: Timestamp,
        group_id: GroupId,
        #[serde(rename = "type")]
        kind: Text,
        request_id: Text,
        subject: Text,
        description: Text,
        invite_link: Text,
        join_approval_mode: Text,
        join_request_id: Text,
        reason: Text,
        initiated_by: Text,
        wa_id: WaId,
        user_id: UserId,
        added_participants: Vec<Participant>,
        removed_participants: Vec<Participant>,
        failed_participants: Vec<Participant>,
        profile_picture: SettingChange,
        group_subject: SettingChange,
        group_description: SettingChange,
        errors: Vec<Problem>,
    }

    /// A member of a group, or who was to become one.
    Participant {
        input: Text,
        wa_id: WaId,
        user_id: UserId,
        parent_user_id: UserId,
        username: Text,
        errors: Vec<Problem>,
    }

    /// One setting of a group, and whether it took.
    SettingChange {
        text: Text,
        mime_type: Text,
        sha256: Text,
        update_successful: bool,
        errors: Vec<Problem>,
    }

    /// An element of `user_preferences[]`.
    UserPreference {
        wa_id: WaId,
        user_id: UserId,
        parent_user_id: UserId,
        detail: Text,
        category: Text,
        value: PreferenceValue,
        signup_id: Text,
        timestamp: Timestamp,
    }

    /// An element of `user_id_update[]`.
    UserIdUpdate {
        wa_id: WaId,
        detail: Text,
        user_id: UserIdChange,
        parent_user_id: UserIdChange,
        timestamp: Timestamp,
    }

    /// An id that was, and the one that is.
    UserIdChange {
        previous: UserId,
        current: UserId,
    }

    /// An element of `automatic_events[]`.
    AutomaticEvent {
        id: Text,
        event_name: Text,
        timestamp: Timestamp,
        ctwa_clid: Text,
        custom_data: CustomData,
    }

    /// What an event was worth.
    CustomData {
        currency: Text,
        value: Number,
    }

    /// An element of `user_actions[]`.
    UserAction {
        action_type: Text,
        timestamp: Timestamp,
        marketing_messages_link_click_data: LinkClick,
    }

    /// A click on a marketing message's link.
    LinkClick {
        click_component: Text,
        product_id: Text,
        click_id: Text,
        tracking_token: Text,
    }

    /// An element of `state_sync[]`.
    StateSync {
        #[serde(rename = "type")]
        kind: Text,
        action: SyncAction,
        contact: BookEntry,
        metadata: SyncMetadata,
    }

    /// An address book entry.
    BookEntry {
        full_name: Text,
        first_name: Text,
        phone_number: WaId,
        user_id: UserId,
        parent_user_id: UserId,
        username: Text,
    }

    /// When the address book changed.
    SyncMetadata {
        timestamp: Timestamp,
    }

    /// An element of `history[]`.
    HistoryChunk {
        metadata: HistoryMetadata,
        threads: Vec<HistoryThread>,
        /// Why there is no history: the business declined to share it.
        errors: Vec<Problem>,
    }

    /// How far the history has come.
    HistoryMetadata {
        phase: Number,
        chunk_order: Number,
        /// In percent.
        progress: Number,
    }

    /// A conversation of the past.
    HistoryThread {
        id: WaId,
        context: Extra,
        messages: Vec<Message>,
    }

    /// An element of `contacts[]`: whoever an update is from or to.
    Contact {
        profile: Profile,
        wa_id: WaId,
        user_id: UserId,
        parent_user_id: UserId,
        identity_key_hash: Text,
    }

    /// How people show themselves.
    Profile {
        name: Text,
        /// Recycled: shown, never a key.
        username: Text,
        country_code: Text,
    }
}

open_enums! {
    /// What happened to a call.
    CallEvent {
        Connect = "connect",
        Terminate = "terminate",
        Created = "call_created",
    }

    /// Who called.
    CallDirection {
        User = "USER_INITIATED",
        Business = "BUSINESS_INITIATED",
    }

    /// How a call of the business goes.
    CallState {
        Ringing = "RINGING",
        Accepted = "ACCEPTED",
        Rejected = "REJECTED",
    }

    /// What someone wants of marketing messages.
    PreferenceValue {
        Stop = "stop",
        Resume = "resume",
        Signup = "signup",
    }

    /// What happened to an address book entry.
    SyncAction {
        Add = "add",
        Edit = "edit",
        Remove = "remove",
    }
}
