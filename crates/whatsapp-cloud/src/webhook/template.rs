//! What happens to message templates: each a whole `value`. Ids are numbers here.

use super::open::{Text, open_enums, open_structs};
use crate::id::TemplateId;
use crate::time::Timestamp;

open_structs! {
    /// `message_template_status_update`.
    TemplateStatus {
        event: TemplateEvent,
        message_template_id: TemplateId,
        message_template_name: Text,
        message_template_language: Text,
        message_template_category: Text,
        /// `null` where there is none to give.
        reason: Text,
        disable_info: DisableInfo,
        other_info: OtherInfo,
        rejection_info: RejectionInfo,
    }

    /// When it was disabled.
    DisableInfo {
        disable_date: Timestamp,
    }

    /// Why it was paused, locked or released.
    OtherInfo {
        title: Text,
        description: Text,
    }

    /// Why it was rejected, and what to do.
    RejectionInfo {
        reason: Text,
        recommendation: Text,
    }

    /// `message_template_quality_update`.
    TemplateQuality {
        previous_quality_score: QualityScore,
        new_quality_score: QualityScore,
        message_template_id: TemplateId,
        message_template_name: Text,
        message_template_language: Text,
    }

    /// `template_category_update` and `template_correct_category_detection`.
    TemplateCategory {
        message_template_id: TemplateId,
        message_template_name: Text,
        message_template_language: Text,
        previous_category: Text,
        new_category: Text,
        correct_category: Text,
        category_update_timestamp: Timestamp,
    }

    /// `message_template_components_update`.
    TemplateComponents {
        message_template_id: TemplateId,
        message_template_name: Text,
        message_template_language: Text,
        message_template_title: Text,
        message_template_element: Text,
        message_template_footer: Text,
        message_template_buttons: Vec<TemplateButton>,
    }

    /// A template's button.
    TemplateButton {
        message_template_button_type: Text,
        message_template_button_text: Text,
        message_template_button_url: Text,
        message_template_button_phone_number: Text,
    }
}

open_enums! {
    /// What happened to a template.
    TemplateEvent {
        Approved = "APPROVED",
        Archived = "ARCHIVED",
        Deleted = "DELETED",
        Disabled = "DISABLED",
        Flagged = "FLAGGED",
        InAppeal = "IN_APPEAL",
        LimitExceeded = "LIMIT_EXCEEDED",
        Locked = "LOCKED",
        Paused = "PAUSED",
        Pending = "PENDING",
        PendingDeletion = "PENDING_DELETION",
        Reinstated = "REINSTATED",
        Rejected = "REJECTED",
        Unarchived = "UNARCHIVED",
    }

    /// What people think of a template.
    QualityScore {
        Green = "GREEN",
        Yellow = "YELLOW",
        Red = "RED",
        NotRated = "UNKNOWN",
    }
}
