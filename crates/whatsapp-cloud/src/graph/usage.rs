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

    /// The most that is used of any allowance, in percent; absent if Meta said nothing. Above 100 Meta refuses.
    pub fn used_percent(&self) -> Option<u32> {
        let app = self.app.as_deref().map(cases);
        let business = self.business_use_case.as_deref().map(cases);
        let cases = [app, business].into_iter().flatten().flatten();
        cases.filter_map(|case| most_used(&case)).max()
    }

    /// How long it is until there is some allowance again; absent while there is.
    pub fn regain_access(&self) -> Option<Duration> {
        regain(&cases(self.business_use_case.as_deref()?))
    }
}

/// `{"call_count": 28, …}`, or `{"BUSINESS_ID": [{"call_count": 28, …}, …], …}`.
fn cases(text: &str) -> Vec<Value> {
    let Ok(usage @ Value::Object(_)) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let lists = usage.as_object().into_iter().flat_map(|map| map.values());
    let listed: Vec<_> = lists
        .filter_map(Value::as_array)
        .flatten()
        .cloned()
        .collect();
    if listed.is_empty() {
        vec![usage]
    } else {
        listed
    }
}

fn most_used(case: &Value) -> Option<u32> {
    let percent = |name: &str| case.get(name)?.as_f64();
    let used = ["call_count", "total_time", "total_cputime"].map(percent);
    let most = used
        .into_iter()
        .flatten()
        .fold(None, |most: Option<f64>, used| {
            Some(most.map_or(used, |most| most.max(used)))
        })?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "pinned to a small range first"
    )]
    Some(most.ceil().clamp(0.0, 1_000.0) as u32)
}

fn regain(cases: &[Value]) -> Option<Duration> {
    let minutes = cases
        .iter()
        .filter_map(|case| case.get("estimated_time_to_regain_access")?.as_u64())
        .max()?;
    (minutes > 0).then(|| Duration::from_secs(minutes.saturating_mul(60)))
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
    regain(&cases(headers.get(BUSINESS_USE_CASE)?.to_str().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowance_most_used_up_counts() {
        let usage = |app: &str, business: &str| Usage {
            app: Some(app.to_owned()),
            business_use_case: Some(business.to_owned()),
        };
        let one = usage(
            r#"{"call_count":28,"total_time":5,"total_cputime":30.2}"#,
            r#"{"1":[{"type":"messenger","call_count":1},{"call_count":93,"estimated_time_to_regain_access":0}],"2":[]}"#,
        );
        assert_eq!((one.used_percent(), one.regain_access()), (Some(93), None));
        let spent = r#"{"1":[{"call_count":100,"estimated_time_to_regain_access":3}]}"#;
        let spent = usage("not JSON", spent);
        assert_eq!(spent.used_percent(), Some(100));
        assert_eq!(spent.regain_access(), Some(Duration::from_mins(3)));
        assert_eq!(usage("[]", "{}").used_percent(), None);
        assert_eq!(Usage::default().used_percent(), None);
    }

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
