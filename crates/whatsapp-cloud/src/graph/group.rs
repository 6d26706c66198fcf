//! Groups: made by a business, joined by invitation.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>
//!
//! Limits: official business accounts with a messaging limit of 100,000; 8 people in a group, 10,000 groups per number. Most calls
//! only begin something: they answer a `request_id`, and a webhook says how it ended. Errors 131200 to 131299.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::multipart::Multipart;
use super::{Endpoint, Query, segment};
use crate::graph::answer::{PartError, Requested};
use crate::id::{GroupId, PhoneNumberId, UserId, WaId};
use crate::limits::{self, Violation};
use crate::open::{Extra, Text, open_structs};
use crate::time::Timestamp;

endpoints! {
    /// Makes a group. The invite link comes by webhook.
    POST CreateGroup "{phone_number_id}/groups" -> Requested {
        path { phone_number_id: PhoneNumberId }
        constant { messaging_product: "whatsapp" }
        body {
            /// At most 128 characters.
            subject: String
        }
        body_optional {
            /// At most 2,048 characters.
            description: String,
            /// `approval_required` or `auto_approve`.
            join_approval_mode: String,
        }
    }

    /// One group.
    GET GetGroup "{group_id}" -> Group {
        path { group_id: GroupId }
        query_optional { fields: String }
    }

    /// Deletes a group for everybody.
    DELETE DeleteGroup "{group_id}" -> GroupAnswer {
        path { group_id: GroupId }
    }

    /// Adds people. Meta's guide says that people join by invite link only; its description of the API lists the call.
    POST AddParticipants "{group_id}/participants" -> GroupAnswer {
        path { group_id: GroupId }
        constant { messaging_product: "whatsapp" }
        body { participants: Vec<Participant> }
    }

    /// Takes people out of the group; they cannot join again by the old link. At most 8.
    DELETE RemoveParticipants "{group_id}/participants" -> GroupAnswer {
        path { group_id: GroupId }
        constant { messaging_product: "whatsapp" }
        body { participants: Vec<Participant> }
    }

    /// The invite link.
    GET GetInviteLink "{group_id}/invite_link" -> InviteLink {
        path { group_id: GroupId }
    }

    /// Makes a new invite link; the old one ends.
    POST ResetInviteLink "{group_id}/invite_link" -> InviteLink {
        path { group_id: GroupId }
        constant { messaging_product: "whatsapp" }
    }

    /// Ends the invite link.
    DELETE DeleteInviteLink "{group_id}/invite_link" -> GroupAnswer {
        path { group_id: GroupId }
        constant { messaging_product: "whatsapp" }
    }

    /// Lets people in.
    POST(repeatable) ApproveJoinRequests "{group_id}/join_requests" -> JoinDecision {
        path { group_id: GroupId }
        constant { messaging_product: "whatsapp" }
        body { join_requests: Vec<String> }
    }

    /// Keeps people out.
    DELETE RejectJoinRequests "{group_id}/join_requests" -> JoinDecision {
        path { group_id: GroupId }
        constant { messaging_product: "whatsapp" }
        body { join_requests: Vec<String> }
    }
}

pages! {
    /// The number's groups. `limit` is at most 1,024, and 25 where absent.
    ListGroups "{phone_number_id}/groups" -> Group {
        path { phone_number_id: PhoneNumberId }
    }

    /// Who wants to join.
    ListJoinRequests "{group_id}/join_requests" -> JoinRequest {
        path { group_id: GroupId }
    }
}

/// `POST /{group_id}`: changes a group's subject, description or picture.
#[derive(Clone, Default)]
pub struct UpdateGroup {
    /// The group.
    pub group_id: GroupId,
    /// At most 128 characters.
    pub subject: Option<String>,
    /// At most 2,048 characters.
    pub description: Option<String>,
    /// A JPEG, square, of at most 5 MB.
    pub picture: Option<Bytes>,
}

/// The largest picture of a group, in bytes.
const PICTURE_MAX_BYTES: u64 = 5 * 1024 * 1024;

impl UpdateGroup {
    fn multipart(&self) -> Option<Multipart> {
        let picture = self.picture.clone()?;
        let mut parts = Multipart::new(picture).text("messaging_product", "whatsapp");
        if let Some(subject) = &self.subject {
            parts = parts.text("subject", subject);
        }
        if let Some(description) = &self.description {
            parts = parts.text("description", description);
        }
        Some(parts.file("profile_picture_file", "picture.jpg", "image/jpeg"))
    }
}

impl Endpoint for UpdateGroup {
    type Response = GroupAnswer;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        segment(self.group_id.as_str()).into_owned()
    }

    fn query(&self) -> Query {
        Query::default()
    }

    fn body(&self) -> Option<Bytes> {
        #[derive(Serialize)]
        struct Body<'a> {
            messaging_product: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            subject: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            description: &'a Option<String>,
        }
        match self.multipart() {
            Some(parts) => Some(parts.body()),
            None => super::declare::json(&Body {
                messaging_product: "whatsapp",
                subject: &self.subject,
                description: &self.description,
            }),
        }
    }

    fn violations(&self) -> Vec<Violation> {
        let words = json!({"subject": self.subject, "description": self.description});
        let mut found = Vec::new();
        limits::check(&words, limits::GROUP_RULES, &mut found);
        let bytes = self.picture.as_ref().map_or(0, Bytes::len) as u64;
        found.extend(limits::too_large(
            "profile_picture_file",
            bytes,
            PICTURE_MAX_BYTES,
        ));
        found
    }

    fn content_type(&self) -> Cow<'static, str> {
        match self.multipart() {
            Some(parts) => Cow::Owned(parts.content_type()),
            None => Cow::Borrowed("application/json"),
        }
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn decode(&self, body: &[u8]) -> Result<GroupAnswer, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

/// Shows the id only.
impl std::fmt::Debug for UpdateGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpdateGroup")
            .field("group_id", &self.group_id)
            .finish_non_exhaustive()
    }
}

/// Somebody to add or remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Participant {
    /// By phone number.
    User(WaId),
    /// By business-scoped user id.
    UserId(UserId),
}

open_structs! {
    /// What became of a call: done, or begun.
    GroupAnswer {
        messaging_product: Text,
        /// `true`, or `"true"`.
        success: serde_json::Value,
        request_id: Text,
        participants: Vec<Extra>,
        errors: Vec<PartError>,
    }

    /// A group.
    Group {
        id: GroupId,
        messaging_product: Text,
        subject: Text,
        description: Text,
        join_approval_mode: Text,
        suspended: bool,
        creation_timestamp: Timestamp,
        created_at: Timestamp,
        total_participant_count: i64,
        participants: Vec<GroupMember>,
    }

    /// Somebody in a group.
    GroupMember {
        wa_id: WaId,
        user_id: UserId,
        parent_user_id: UserId,
        username: Text,
    }

    /// An invite link.
    InviteLink {
        messaging_product: Text,
        invite_link: Text,
    }

    /// Somebody who wants to join.
    JoinRequest {
        join_request_id: Text,
        wa_id: WaId,
        user_id: UserId,
        creation_timestamp: Timestamp,
    }

    /// Who was let in or kept out, and where that failed.
    JoinDecision {
        messaging_product: Text,
        approved_join_requests: Vec<Text>,
        rejected_join_requests: Vec<Text>,
        failed_join_requests: Vec<FailedJoinRequest>,
        errors: Vec<PartError>,
    }

    /// A request that could not be decided.
    FailedJoinRequest {
        join_request_id: Text,
        errors: Vec<PartError>,
    }
}
