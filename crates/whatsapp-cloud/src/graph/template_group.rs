//! Groups of templates, counted together.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/template-groups>

use super::Done;
use super::answer::Created;
use crate::id::{BusinessAccountId, TemplateGroupId, TemplateId};
use crate::open::{Extra, Text, open_structs};
use crate::time::Timestamp;

endpoints! {
    /// Makes a group.
    POST CreateTemplateGroup "{business_account_id}/template_groups" -> Created {
        path { business_account_id: BusinessAccountId }
        body {
            name: String,
            whatsapp_business_templates: Vec<TemplateId>,
        }
        body_optional { description: String }
    }

    /// One group.
    GET GetTemplateGroup "{template_group_id}" -> TemplateGroup {
        path { template_group_id: TemplateGroupId }
        query_optional { fields: String }
    }

    /// Changes a group.
    POST(repeatable) UpdateTemplateGroup "{template_group_id}" -> Done {
        path { template_group_id: TemplateGroupId }
        body_optional {
            name: String,
            description: String,
            add_templates: Vec<TemplateId>,
            remove_templates: Vec<TemplateId>,
        }
    }

    /// Deletes a group; its templates stay.
    DELETE DeleteTemplateGroup "{template_group_id}" -> Done {
        path { template_group_id: TemplateGroupId }
    }
}

pages! {
    /// The account's groups.
    ListTemplateGroups "{business_account_id}/template_groups" -> TemplateGroup {
        path { business_account_id: BusinessAccountId }
    }
}

open_structs! {
    /// A group of templates.
    TemplateGroup {
        id: TemplateGroupId,
        name: Text,
        description: Text,
        whatsapp_business_templates: Extra,
    }

    /// Figures of groups over days.
    TemplateGroupFigures {
        granularity: Text,
        data_points: Vec<TemplateGroupPoint>,
    }

    /// One group on one day.
    TemplateGroupPoint {
        template_group_id: TemplateGroupId,
        start: Timestamp,
        end: Timestamp,
        sent: i64,
        delivered: i64,
        read: i64,
        clicked: Vec<Extra>,
        cost: Vec<Extra>,
    }
}
