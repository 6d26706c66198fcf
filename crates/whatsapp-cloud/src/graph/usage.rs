//! How much of its allowance a caller has used, from the headers Meta adds to answers.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use serde_json::Value;

/// Meta's usage headers as they came: JSON text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// `X-App-Usage`: percentages of the app's hourly allowance.
    pub app: Option<String>,
    /// `X-Business-Use-Case-Usage`: percentages by business account.
    pub business_use_case: Option<String>,
}

impl Usage {
    /// Reads them from an answer's headers.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            app: text("x-app-usage"),
            business_use_case: text(BUSINESS_USE_CASE),
        }
    }
}

const BUSINESS_USE_CASE: &str = "x-business-use-case-usage";

/// How long an answer asks to wait. A `Retry-After` with a date is not understood: that would take a clock.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    seconds.or_else(|| regain_access(headers))
}

/// The longest wait any use case names: `{"BUSINESS_ID": [{"estimated_time_to_regain_access": MINUTES, …}], …}`.
fn regain_access(headers: &HeaderMap) -> Option<Duration> {
    let usage: Value = serde_json::from_slice(headers.get(BUSINESS_USE_CASE)?.as_bytes()).ok()?;
    let minutes = usage
        .as_object()?
        .values()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|case| case.get("estimated_time_to_regain_access")?.as_u64())
        .max()?;
    (minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_meta_asks_for_is_found_in_either_header() {
        let mut headers = HeaderMap::new();
        assert_eq!(retry_after(&headers), None);
        let usage = r#"{"1":[{"call_count":100,"estimated_time_to_regain_access":3},{"estimated_time_to_regain_access":5}]}"#;
        headers.insert(BUSINESS_USE_CASE, usage.parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_mins(5)));
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
        assert_eq!(
            Usage::from_headers(&headers).business_use_case.as_deref(),
            Some(usage)
        );
    }
}
