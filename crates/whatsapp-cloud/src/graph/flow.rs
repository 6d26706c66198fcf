//! Flows: forms of several screens inside WhatsApp.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
//!
//! A flow is a draft until it is published; published, it can no longer be edited or deleted, only deprecated. Errors 139000 to
//! 139004; what is wrong with a flow's JSON comes as `validation_errors` of a success.

use std::borrow::Cow;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use super::multipart::Multipart;
use super::{Done, Endpoint, segment};
use crate::graph::account::{Account, Health};
use crate::graph::answer::Named;
use crate::id::{BusinessAccountId, FlowId};
use crate::limits::{Violation, too_large};
use crate::open::{Extra, Text, open_structs};

endpoints! {
    /// Makes a flow.
    POST CreateFlow "{business_account_id}/flows" -> FlowMade {
        path { business_account_id: BusinessAccountId }
        body {
            /// Not that of another flow of the account.
            name: String,
            /// `SIGN_UP`, `SIGN_IN`, `APPOINTMENT_BOOKING`, `LEAD_GENERATION`, `CONTACT_US`, `CUSTOMER_SUPPORT`, `SURVEY`,
            /// `OTHER`.
            categories: Vec<String>,
        }
        body_optional {
            /// The flow to begin with.
            clone_flow_id: FlowId,
            /// Where its data come from.
            endpoint_uri: String,
            /// The flow's JSON, as text.
            flow_json: String,
            /// Whether to publish it at once.
            publish: bool,
        }
    }

    /// One flow. For its preview, `fields=preview.invalidate(false)`; for its figures see [`GetFlow::metric`].
    GET GetFlow "{flow_id}" -> Flow {
        path { flow_id: FlowId }
        query_optional {
            fields: String,
            date_format: String,
        }
    }

    /// Changes what is known of a flow; its JSON is an asset.
    POST(repeatable) UpdateFlow "{flow_id}" -> Done {
        path { flow_id: FlowId }
        body_optional {
            name: String,
            categories: Vec<String>,
            endpoint_uri: String,
            application_id: String,
        }
    }

    /// Deletes a draft.
    DELETE DeleteFlow "{flow_id}" -> Done {
        path { flow_id: FlowId }
    }

    /// Publishes a draft, for good.
    POST(repeatable) PublishFlow "{flow_id}/publish" -> Done {
        path { flow_id: FlowId }
    }

    /// Takes a published flow out of use, for good.
    POST(repeatable) DeprecateFlow "{flow_id}/deprecate" -> Done {
        path { flow_id: FlowId }
    }

    /// Copies flows of another account of the same portfolio; at most 100.
    POST MigrateFlows "{business_account_id}/migrate_flows" -> Migrated {
        path { business_account_id: BusinessAccountId }
        query { source_waba_id: BusinessAccountId }
        query_optional {
            /// All of them where absent.
            source_flow_names: Vec<String>
        }
    }
}

impl GetFlow {
    /// The preview page's address; `anew` ends the old one.
    pub fn preview(flow_id: impl Into<FlowId>, anew: bool) -> Self {
        Self::new(flow_id).fields(format!("preview.invalidate({anew})"))
    }

    /// Figures of the endpoint: `ENDPOINT_REQUEST_COUNT`, `ENDPOINT_REQUEST_ERROR`, `ENDPOINT_REQUEST_ERROR_RATE`,
    /// `ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL`, `ENDPOINT_AVAILABILITY`; by `DAY`, `HOUR` or `LIFETIME`; dates as
    /// `YYYY-MM-DD`.
    pub fn metric(
        flow_id: impl Into<FlowId>,
        name: &str,
        granularity: &str,
        since: &str,
        until: &str,
    ) -> Self {
        let fields =
            format!("metric.name({name}).granularity({granularity}).since({since}).until({until})");
        Self::new(flow_id).fields(fields)
    }
}

pages! {
    /// The account's flows.
    ListFlows "{business_account_id}/flows" -> Flow {
        path { business_account_id: BusinessAccountId }
    }

    /// A flow's assets: its JSON, to be fetched at `download_url`.
    ListFlowAssets "{flow_id}/assets" -> FlowAsset {
        path { flow_id: FlowId }
    }
}

/// `POST /{flow_id}/assets`: replaces a draft's JSON.
#[derive(Clone)]
pub struct UpdateFlowJson {
    /// The draft.
    pub flow_id: FlowId,
    /// At most 10 MB.
    pub flow_json: String,
}

/// The largest JSON of a flow, in bytes.
const FLOW_JSON_MAX_BYTES: u64 = 10 * 1024 * 1024;

impl Endpoint for UpdateFlowJson {
    type Response = FlowMade;

    fn method(&self) -> Method {
        Method::POST
    }

    fn path(&self) -> String {
        format!("{}/assets", segment(self.flow_id.as_str()))
    }

    fn body(&self) -> Option<Bytes> {
        Some(self.multipart().body())
    }

    fn content_type(&self) -> Cow<'static, str> {
        Cow::Owned(self.multipart().content_type())
    }

    fn violations(&self) -> Vec<Violation> {
        let bytes = self.flow_json.len() as u64;
        let too_large = too_large("file", bytes, FLOW_JSON_MAX_BYTES);
        too_large.into_iter().collect()
    }

    fn is_repeatable(&self) -> bool {
        true
    }

    fn decode(&self, body: &[u8]) -> Result<FlowMade, serde_json::Error> {
        crate::graph::answer::read(body)
    }
}

impl UpdateFlowJson {
    fn multipart(&self) -> Multipart {
        Multipart::new(Bytes::copy_from_slice(self.flow_json.as_bytes()))
            .text("name", "flow.json")
            .text("asset_type", "FLOW_JSON")
            .text("messaging_product", "whatsapp")
            .file("file", "flow.json", "application/json")
    }
}

/// Shows the id only.
impl std::fmt::Debug for UpdateFlowJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UpdateFlowJson")
            .field("flow_id", &self.flow_id)
            .finish_non_exhaustive()
    }
}

open_structs! {
    /// What became of a flow, and what is wrong with it.
    FlowMade {
        id: FlowId,
        success: bool,
        validation_errors: Vec<FlowError>,
    }

    /// What is wrong with a flow's JSON, and where.
    FlowError {
        error: Text,
        error_type: Text,
        message: Text,
        line_start: i64,
        line_end: i64,
        column_start: i64,
        column_end: i64,
        pointers: Vec<Extra>,
    }

    /// A flow.
    Flow {
        id: FlowId,
        name: Text,
        /// `DRAFT`, `PUBLISHED`, `DEPRECATED`, `BLOCKED`, `THROTTLED`.
        status: Text,
        categories: Vec<Text>,
        validation_errors: Vec<FlowError>,
        json_version: Text,
        data_api_version: Text,
        endpoint_uri: Text,
        data_channel_uri: Text,
        updated_at: Text,
        preview: FlowPreview,
        whatsapp_business_account: Account,
        application: Named,
        health_status: Health,
        metric: FlowMetric,
    }

    /// A page that shows the flow to anybody who has its address.
    FlowPreview {
        preview_url: Text,
        expires_at: Text,
    }

    /// Figures of a flow's endpoint.
    FlowMetric {
        id: Text,
        name: Text,
        granularity: Text,
        data_points: Vec<Value>,
    }

    /// A file of a flow.
    FlowAsset {
        name: Text,
        asset_type: Text,
        download_url: Text,
    }

    /// What was copied and what was not.
    Migrated {
        migrated_flows: Vec<MigratedFlow>,
        failed_flows: Vec<FailedFlow>,
    }

    /// A copy.
    MigratedFlow {
        source_name: Text,
        source_id: FlowId,
        migrated_id: FlowId,
    }

    /// Not a copy, and why.
    FailedFlow {
        source_name: Text,
        error_code: Text,
        error_message: Text,
    }
}
