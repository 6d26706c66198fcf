//! A WhatsApp Business Account, its people and its log.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account>
//!
//! Limits: 200 calls per hour, app and account; 5,000 once it has a registered number.

use serde_json::Value;

use super::Done;
use super::answer::{Created, Named};
use crate::id::{BusinessAccountId, BusinessId};
use crate::open::{Extra, Text, open_structs};
use crate::time::Timestamp;

endpoints! {
    /// One account; `fields` may ask for `health_status`, `analytics` and more.
    GET GetAccount "{business_account_id}" -> Account {
        path { business_account_id: BusinessAccountId }
        query_optional { fields: String }
    }

    /// Changes its name or time zone, or opts in to template insights, which cannot be undone.
    POST(repeatable) UpdateAccount "{business_account_id}" -> Done {
        path { business_account_id: BusinessAccountId }
        body_optional {
            name: String,
            timezone_id: String,
            is_enabled_for_insights: bool,
            /// What Meta may improve in templates by itself.
            degrees_of_freedom_spec: Value,
        }
    }

    /// Lets a user of the business work with the account.
    POST(repeatable) AssignUser "{business_account_id}/assigned_users" -> Done {
        path { business_account_id: BusinessAccountId }
        body {
            user: String,
            /// `MANAGE`, `DEVELOP`, `MANAGE_TEMPLATES`, `MANAGE_PHONE`, `VIEW_COST`, …
            tasks: Vec<String>,
        }
    }

    /// Takes the account from a user.
    DELETE RemoveUser "{business_account_id}/assigned_users" -> Done {
        path { business_account_id: BusinessAccountId }
        body { user: String }
    }

    /// Makes a schedule.
    POST CreateSchedule "{business_account_id}/schedules" -> Created {
        path { business_account_id: BusinessAccountId }
        body {
            name: String,
            /// `BUSINESS_HOURS`, `AUTOMATED_RESPONSE`, `MESSAGE_CAMPAIGN`, `MAINTENANCE_WINDOW`, `CUSTOM`.
            schedule_type: String,
            /// RFC 3339.
            start_time: String,
        }
        body_optional {
            description: String,
            /// RFC 3339.
            end_time: String,
            timezone: String,
            days_of_week: Vec<String>,
            is_active: bool,
            recurrence_pattern: Value,
        }
    }
}

pages! {
    /// Who may work with the account.
    ListAssignedUsers "{business_account_id}/assigned_users" -> AssignedUser {
        path { business_account_id: BusinessAccountId }
        query {
            /// The portfolio asked about.
            business: BusinessId
        }
    }

    /// What was done to the account, by whom.
    ListActivities "{business_account_id}/activities" -> Activity {
        path { business_account_id: BusinessAccountId }
        query_optional {
            since: String,
            until: String,
            activity_type: String,
        }
    }

    /// Its schedules.
    ListSchedules "{business_account_id}/schedules" -> Schedule {
        path { business_account_id: BusinessAccountId }
        query_optional {
            /// A JSON list of filters.
            filtering: String,
            /// `created_time.asc` and the like.
            sort: String,
        }
    }
}

open_structs! {
    /// A WhatsApp Business Account.
    Account {
        id: BusinessAccountId,
        name: Text,
        timezone_id: Text,
        currency: Text,
        country: Text,
        status: Text,
        message_template_namespace: Text,
        account_review_status: Text,
        business_verification_status: Text,
        ownership_type: Text,
        business_type: Text,
        purchase_order_number: Text,
        audiences: Vec<Text>,
        subscribed_apps: Value,
        on_behalf_of_business_info: Named,
        owner_business: Named,
        owner_business_info: Named,
        primary_funding_id: Text,
        is_enabled_for_insights: bool,
        auth_international_rate_eligibility: Value,
        degrees_of_freedom_spec: Value,
        dcc_config: Value,
        schedules: Value,
        message_templates: Value,
        phone_numbers: Value,
        health_status: Health,
    }

    /// Whether messages can be sent, and what is in the way.
    Health {
        /// `AVAILABLE`, `LIMITED`, `BLOCKED`.
        can_send_message: Text,
        entities: Vec<HealthEntity>,
    }

    /// One link of the chain from the business to the message.
    HealthEntity {
        /// `BUSINESS`, `WABA`, `PHONE_NUMBER`, `MESSAGE_TEMPLATE`, `APP`, `FLOW`.
        entity_type: Text,
        id: Text,
        can_send_message: Text,
        errors: Vec<HealthError>,
        additional_info: Vec<Text>,
    }

    /// What is in the way, and what to do.
    HealthError {
        error_code: i64,
        error_description: Text,
        possible_solution: Text,
    }

    /// Somebody who may work with an account.
    AssignedUser {
        id: Text,
        name: Text,
        business: Named,
        user_type: Text,
        tasks: Vec<Text>,
    }

    /// One entry of an account's log.
    Activity {
        id: Text,
        activity_type: Text,
        timestamp: Timestamp,
        actor_type: Text,
        actor_id: Text,
        actor_name: Text,
        description: Text,
        details: Extra,
        ip_address: Text,
        user_agent: Text,
    }

    /// A schedule.
    Schedule {
        id: Text,
        name: Text,
        status: Text,
        schedule_type: Text,
        description: Text,
        start_time: Text,
        end_time: Text,
        timezone: Text,
        days_of_week: Vec<Text>,
        created_time: Text,
        updated_time: Text,
        is_active: bool,
        recurrence_pattern: Recurrence,
    }

    /// How a schedule repeats itself.
    Recurrence {
        frequency: Text,
        interval: i64,
        end_date: Text,
    }
}
