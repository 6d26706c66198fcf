//! Figures of a business account: messages, conversations, prices, calls, templates, groups.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/analytics>
//!
//! One field of the account with its filters chained to it. A year back at most; templates 90 days.

use std::fmt::Write as _;

use http::Method;

use super::{Endpoint, Query, segment};
use crate::graph::template_group::TemplateGroupFigures;
use crate::id::{BusinessAccountId, TemplateGroupId, TemplateId};
use crate::open::{Extra, Text, open_enums, open_structs};
use crate::time::Timestamp;

open_enums! {
    /// What is counted.
    Metric {
        /// Messages sent and delivered.
        Messages = "analytics",
        Conversations = "conversation_analytics",
        /// What was delivered, by price.
        Pricing = "pricing_analytics",
        Calls = "call_analytics",
        /// The account must have opted in to insights.
        Templates = "template_analytics",
        TemplateGroups = "template_group_analytics",
        Groups = "group_analytics",
    }
}

/// `GET /{business_account_id}?fields=METRIC.start(…).end(…)…`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetAnalytics {
    /// Whose figures.
    pub business_account_id: BusinessAccountId,
    /// What is counted.
    pub metric: Metric,
    /// In seconds since the epoch.
    pub start: i64,
    /// In seconds since the epoch.
    pub end: i64,
    /// `HALF_HOUR`, `DAY` or `MONTH` for messages; `HALF_HOUR`, `DAILY` or `MONTHLY` for the others.
    pub granularity: String,
    filters: Vec<(String, Vec<String>)>,
}

impl GetAnalytics {
    /// These figures between two moments.
    pub fn new(
        business_account_id: impl Into<BusinessAccountId>,
        metric: Metric,
        start: i64,
        end: i64,
        granularity: impl Into<String>,
    ) -> Self {
        Self {
            business_account_id: business_account_id.into(),
            metric,
            start,
            end,
            granularity: granularity.into(),
            filters: Vec::new(),
        }
    }

    /// Only these: `phone_numbers`, `country_codes`, `product_types`, `metric_types`, `conversation_categories`,
    /// `conversation_types`, `conversation_directions`, `pricing_categories`, `pricing_types`, `template_ids`, …; or, with
    /// `dimensions`, apart by these.
    #[must_use]
    pub fn only<T: Into<String>>(
        mut self,
        filter: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.filters.push((filter.into(), values));
        self
    }

    fn fields(&self) -> String {
        let mut fields = format!(
            "{}.start({}).end({}).granularity({})",
            self.metric.as_str(),
            self.start,
            self.end,
            self.granularity
        );
        for (filter, values) in &self.filters {
            let values = serde_json::to_string(values).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = write!(fields, ".{filter}({values})");
        }
        fields
    }
}

impl Endpoint for GetAnalytics {
    type Response = Analytics;

    fn method(&self) -> Method {
        Method::GET
    }

    fn path(&self) -> String {
        segment(self.business_account_id.as_str()).into_owned()
    }

    fn query(&self) -> Query {
        let mut query = Query::default();
        query.put("fields", &self.fields());
        query
    }

    fn decode(&self, body: &[u8]) -> Result<Analytics, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

pages! {
    /// Figures of templates, as an edge of its own with the same figures.
    GetTemplateAnalytics "{business_account_id}/template_analytics" -> TemplateFigures {
        path { business_account_id: BusinessAccountId }
        query {
            /// In seconds since the epoch.
            start: i64,
            /// In seconds since the epoch.
            end: i64,
            /// `DAILY`.
            granularity: String,
            /// At most ten.
            template_ids: Vec<TemplateId>,
        }
        query_optional {
            /// `SENT`, `DELIVERED`, `READ`, `CLICKED`, `COST`.
            metric_types: Vec<String>,
            /// `CLOUD_API` or `MARKETING_MESSAGES_LITE_API`.
            product_type: String,
        }
    }

    /// Figures of template groups.
    GetTemplateGroupAnalytics "{business_account_id}/template_group_analytics" -> TemplateGroupFigures {
        path { business_account_id: BusinessAccountId }
        query {
            /// In seconds since the epoch.
            start: i64,
            /// In seconds since the epoch.
            end: i64,
            /// `DAILY`.
            granularity: String,
            template_group_ids: Vec<TemplateGroupId>,
        }
        query_optional {
            metric_types: Vec<String>,
        }
    }
}

open_structs! {
    /// The figures asked for, under their metric's name.
    Analytics {
        id: BusinessAccountId,
        analytics: MessageFigures,
        conversation_analytics: Figures,
        pricing_analytics: Figures,
        call_analytics: Figures,
        template_analytics: Figures,
        template_group_analytics: Figures,
        group_analytics: Figures,
    }

    /// Figures of messages.
    MessageFigures {
        phone_numbers: Vec<Text>,
        country_codes: Vec<Text>,
        granularity: Text,
        data_points: Vec<Extra>,
    }

    /// Figures in rows.
    Figures {
        data: Vec<DataPoints>,
        granularity: Text,
        data_points: Vec<Extra>,
    }

    /// One row: each point has `start`, `end`, and what was counted by which dimension.
    DataPoints {
        granularity: Text,
        product_type: Text,
        data_points: Vec<Extra>,
    }

    /// Figures of templates over days.
    TemplateFigures {
        granularity: Text,
        product_type: Text,
        data_points: Vec<TemplatePoint>,
    }

    /// One template on one day.
    TemplatePoint {
        template_id: TemplateId,
        start: Timestamp,
        end: Timestamp,
        sent: i64,
        delivered: i64,
        read: i64,
        clicked: Vec<Extra>,
        cost: Vec<Extra>,
    }
}
