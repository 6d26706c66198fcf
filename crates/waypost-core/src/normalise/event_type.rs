//! What an update is called, by the list of the contract, section 3.

use whatsapp_cloud::webhook::{Update, UpdateKind};

use crate::event::EventType;

pub(super) fn of(update: &Update<'_>) -> EventType {
    match &update.kind {
        UpdateKind::Message => EventType::MessageReceived,
        UpdateKind::Echo => EventType::MessageEcho,
        UpdateKind::History | UpdateKind::HistoryChunk => EventType::HistoryReceived,
        UpdateKind::StateSync => EventType::ContactUpdated,
        UpdateKind::Status => status(update.head.status.as_deref()),
        UpdateKind::Call => call(update.head.event.as_deref()),
        UpdateKind::CallStatus => EventType::CallStatus,
        UpdateKind::UserPreference => EventType::UserPreferences,
        UpdateKind::UserIdUpdate => EventType::UserIdChanged,
        UpdateKind::Group | UpdateKind::Value => field(update.field()),
        _ => EventType::WebhookOther,
    }
}

fn status(status: Option<&str>) -> EventType {
    match status {
        Some("sent") => EventType::MessageSent,
        Some("delivered") => EventType::MessageDelivered,
        Some("read") => EventType::MessageRead,
        Some("played") => EventType::MessagePlayed,
        Some("failed") => EventType::MessageFailed,
        _ => EventType::MessageStatus,
    }
}

fn call(event: Option<&str>) -> EventType {
    match event {
        Some("connect") => EventType::CallConnect,
        Some("terminate") => EventType::CallTerminate,
        Some("call_created") => EventType::CallCreated,
        _ => EventType::CallUpdated,
    }
}

fn field(field: &str) -> EventType {
    match field {
        "message_template_status_update" => EventType::TemplateStatus,
        "message_template_quality_update" => EventType::TemplateQuality,
        "template_category_update" | "template_correct_category_detection" => {
            EventType::TemplateCategory
        }
        "message_template_components_update" => EventType::TemplateComponents,
        "account_update" => EventType::AccountUpdated,
        "account_alerts" => EventType::AccountAlert,
        "account_review_update" => EventType::AccountReview,
        "business_capability_update" => EventType::AccountCapability,
        "account_settings_update" => EventType::AccountSettings,
        "phone_number_name_update" => EventType::PhoneNumberName,
        "phone_number_quality_update" => EventType::PhoneNumberQuality,
        "security" => EventType::SecurityUpdated,
        "group_lifecycle_update" => EventType::GroupLifecycle,
        "group_participants_update" => EventType::GroupParticipants,
        "group_settings_update" => EventType::GroupSettings,
        "group_status_update" => EventType::GroupStatus,
        "flows" => EventType::FlowUpdated,
        "user_preferences" => EventType::UserPreferences,
        "user_id_update" => EventType::UserIdChanged,
        "business_username_update" | "business_username_updates" => EventType::BusinessUsername,
        "calls" => EventType::CallUpdated,
        "history" => EventType::HistoryReceived,
        "smb_app_state_sync" => EventType::ContactUpdated,
        _ => EventType::WebhookOther,
    }
}
