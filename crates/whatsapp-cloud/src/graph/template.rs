//! Message templates, managed.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
//!
//! Limits: 100 creations an hour and account; 250 templates, 6,000 for a verified portfolio; an approved template is edited once a
//! day and ten times in 30 days; a deleted name is free again after 30 days. A bad cursor is error 131059. What a template is
//! made of: [`template::definition`](crate::template::definition).

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Done, Endpoint, Host, segment};
use crate::id::{BusinessAccountId, TemplateId};
use crate::open::{Extra, Text, Whole, open_enums, open_structs};
use crate::template::definition::{Button, Category, Component, Definition};

endpoints! {
    /// Makes a template; Meta reviews it.
    POST CreateTemplate "{business_account_id}/message_templates" -> TemplateMade {
        path { business_account_id: BusinessAccountId }
        whole { definition: Definition }
    }

    /// One template.
    GET GetTemplate "{template_id}" -> Template {
        path { template_id: TemplateId }
        query_optional { fields: String }
    }

    /// Edits a template that is approved, rejected or paused. What is given replaces what was; a name cannot be changed.
    POST(repeatable) EditTemplate "{template_id}" -> TemplateMade {
        path { template_id: TemplateId }
        body_optional {
            components: Vec<Component>,
            category: Category,
            parameter_format: String,
            message_send_ttl_seconds: Whole,
            cta_url_link_tracking_opted_out: bool,
            degrees_of_freedom_spec: Value,
            /// Taken and left as it is.
            name: String,
            /// Taken and left as it is.
            language: String,
        }
    }

    /// Deletes every language of a name; with `hsm_id`, only that one.
    DELETE DeleteTemplate "{business_account_id}/message_templates" -> Done {
        path { business_account_id: BusinessAccountId }
        query { name: String }
        query_optional { hsm_id: TemplateId }
    }

    /// Deletes templates by id; at most 100.
    DELETE DeleteTemplates "{business_account_id}/message_templates" -> Done {
        path { business_account_id: BusinessAccountId }
        query { hsm_ids: Vec<TemplateId> }
    }

    /// Lets a template that Meta paused be sent again.
    POST(repeatable) UnpauseTemplate "{template_id}/unpause" -> TemplateUnpaused {
        path { template_id: TemplateId }
    }

    /// Compares a template with one other over the last 7, 30, 60 or 90 days; each sent 1,000 times or more.
    GET CompareTemplates "{template_id}/compare" -> TemplateComparison {
        path { template_id: TemplateId }
        query {
            template_ids: Vec<TemplateId>,
            /// In seconds since the epoch.
            start: i64,
            /// In seconds since the epoch.
            end: i64,
        }
    }

    /// Makes or changes an authentication template in many languages at once.
    POST(repeatable) UpsertTemplates "{business_account_id}/upsert_message_templates" -> TemplatesUpserted {
        path { business_account_id: BusinessAccountId }
        whole { templates: UpsertedTemplates }
    }

    /// Copies another account's templates, 500 a page; pages begin with 0.
    POST MigrateTemplates "{business_account_id}/migrate_message_templates" -> TemplatesMigrated {
        path { business_account_id: BusinessAccountId }
        query { source_waba_id: BusinessAccountId }
        query_optional { page_number: u32 }
    }
}

pages! {
    /// The account's templates.
    ListTemplates "{business_account_id}/message_templates" -> Template {
        path { business_account_id: BusinessAccountId }
        query_optional {
            /// Part of a name.
            name: String,
            /// Part of a text.
            content: String,
            status: Vec<String>,
            category: Vec<String>,
            language: Vec<String>,
            quality_score: Vec<String>,
            /// `total_count,message_template_count,message_template_limit,are_translations_complete`.
            summary: String,
        }
    }

    /// Meta's own templates, ready to be used.
    ListLibraryTemplates "message_template_library" -> LibraryTemplate {
        query_optional {
            /// A word to look for.
            search: String,
            topic: String,
            usecase: String,
            industry: String,
            language: String,
            name: String,
        }
    }

    /// What an authentication template will say in each language.
    PreviewTemplates "{business_account_id}/message_template_previews" -> TemplatePreview {
        path { business_account_id: BusinessAccountId }
        query {
            /// `AUTHENTICATION`.
            category: Category
        }
        query_optional {
            languages: Vec<String>,
            add_security_recommendation: bool,
            code_expiration_minutes: u32,
            /// JSON: `[{"type":"OTP","otp_type":"COPY_CODE"}]`.
            button_types: String,
        }
    }
}

/// `POST https://api.facebook.com/{business_account_id}/message_templates/archive` and `…/unarchive`: puts approved or rejected
/// templates away, or brings them back within 28 days. At most 100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveTemplates {
    /// The account.
    pub business_account_id: BusinessAccountId,
    /// The templates.
    pub template_ids: Vec<TemplateId>,
    /// Whether to bring them back instead.
    pub undo: bool,
}

impl Endpoint for ArchiveTemplates {
    type Response = TemplatesArchived;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        let verb = if self.undo { "unarchive" } else { "archive" };
        format!(
            "{}/message_templates/{verb}",
            segment(self.business_account_id.as_str())
        )
    }

    fn body(&self) -> Option<Bytes> {
        #[derive(Serialize)]
        struct Body<'a> {
            hsm_ids: &'a [TemplateId],
        }
        super::declare::json(&Body {
            hsm_ids: &self.template_ids,
        })
    }

    fn host(&self) -> Host {
        Host::Api
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn decode(&self, body: &[u8]) -> Result<TemplatesArchived, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

/// An authentication template in many languages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct UpsertedTemplates {
    /// The name they share.
    pub name: String,
    /// The languages.
    pub languages: Vec<String>,
    /// Always authentication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The components they share; Meta writes the texts.
    pub components: Vec<Component>,
    /// How long Meta tries to deliver, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_send_ttl_seconds: Option<Whole>,
    /// Members this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A template as Meta has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Template {
    /// Its id.
    #[serde(default)]
    pub id: TemplateId,
    /// Whether it can be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TemplateStatus>,
    /// What its author wrote; whatever else Meta told is in its `extra`: `quality_score`, `rejected_reason`,
    /// `previous_category`, `correct_category`, …
    #[serde(flatten)]
    pub definition: Definition,
}

open_enums! {
    /// Whether a template can be sent.
    TemplateStatus {
        Approved = "APPROVED",
        Archived = "ARCHIVED",
        Deleted = "DELETED",
        Disabled = "DISABLED",
        InAppeal = "IN_APPEAL",
        LimitExceeded = "LIMIT_EXCEEDED",
        Paused = "PAUSED",
        Pending = "PENDING",
        PendingDeletion = "PENDING_DELETION",
        Rejected = "REJECTED",
    }
}

open_structs! {
    /// A template that was made or changed.
    TemplateMade {
        id: TemplateId,
        status: TemplateStatus,
        category: Category,
        success: bool,
    }

    /// A template that may be sent again, or why not.
    TemplateUnpaused {
        success: bool,
        reason: Text,
    }

    /// Figures of two templates.
    TemplateComparison {
        data: Vec<ComparedMetric>,
    }

    /// One figure.
    ComparedMetric {
        /// `BLOCK_RATE`, `MESSAGE_SENDS`, `TOP_BLOCK_REASON`.
        metric: Text,
        /// `RELATIVE`, `NUMBER_VALUES`, `STRING_VALUES`.
        r#type: Text,
        order_by_relative_metric: Vec<TemplateId>,
        number_values: Vec<Extra>,
        string_values: Vec<Extra>,
    }

    /// What became of each language.
    TemplatesUpserted {
        data: Vec<UpsertedTemplate>,
    }

    /// One language.
    UpsertedTemplate {
        id: TemplateId,
        status: TemplateStatus,
        language: Text,
    }

    /// What was copied.
    TemplatesMigrated {
        migrated_templates: Vec<TemplateId>,
        /// Reasons by id.
        failed_templates: Value,
    }

    /// What was put away or brought back.
    TemplatesArchived {
        archived_templates: Vec<TemplateId>,
        unarchived_templates: Vec<TemplateId>,
        /// Reasons by id.
        failed_templates: Value,
    }

    /// A template of Meta's.
    LibraryTemplate {
        id: TemplateId,
        name: Text,
        language: Text,
        category: Category,
        topic: Text,
        usecase: Text,
        industry: Vec<Text>,
        header: Text,
        body: Text,
        body_params: Vec<Text>,
        body_param_types: Vec<Text>,
        buttons: Vec<Button>,
    }

    /// What a template will say in one language.
    TemplatePreview {
        language: Text,
        body: Text,
        footer: Text,
        buttons: Vec<Button>,
    }
}
