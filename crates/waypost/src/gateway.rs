//! Finding a gateway and asking it: a running one through its public API, a stopped one through its directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use waypost_server::config::Environment;
use waypost_server::local;
use waypost_server::offline::Offline;

use crate::cli::Target;
use crate::failure::{Code, Failure};
use crate::progress::Spinner;

/// Where the data lies unless told otherwise.
const DEFAULT_DATA: &str = "waypost-data";
/// Longer than any answer of the API takes.
const TIMEOUT: Duration = Duration::from_secs(30);
/// For an answer without an end; whoever reads it watches over its silences.
const FOR_EVER: Duration = Duration::from_hours(10 * 365 * 24);
/// For what looks at everything that is stored.
const PATIENCE: Duration = Duration::from_mins(10);

/// A gateway to ask.
pub(crate) enum Gateway {
    /// Through its API.
    Running(Api),
    /// Through what it left behind; can be read only.
    Stopped(Offline),
}

/// The public API of a running gateway.
#[derive(Clone)]
pub(crate) struct Api {
    http: reqwest::Client,
    url: String,
    key: Option<String>,
    timeout: Duration,
}

/// One page of a list, each item as the bytes the gateway sent.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// In the order that was asked for.
    pub(crate) data: Vec<Box<RawValue>>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

impl Gateway {
    /// The running gateway meant by the options and the environment; failing that, the directory of a stopped one.
    pub(crate) async fn find(target: &Target, environment: &Environment) -> anyhow::Result<Self> {
        let Some(dir) = data_dir(target, environment) else {
            return Ok(Self::Running(api_by_url(target, environment)?));
        };
        if let Some(api) = api_by_dir(&dir, target)
            && api.is_alive().await
        {
            return Ok(Self::Running(api));
        }
        let offline = Offline::open(&dir).map_err(|error| {
            anyhow::Error::from(error)
                .context(Failure::new(Code::Unreachable, no_gateway(&dir)).hint(HINT_NO_GATEWAY))
        })?;
        Ok(Self::Stopped(offline))
    }

    /// Asks for something. `query` pairs without a value are left out.
    pub(crate) async fn get<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
    ) -> anyhow::Result<T> {
        let path = path_and_query(path, query);
        match self {
            Self::Running(api) => api.call(Method::GET, &path, None, &[]).await,
            Self::Stopped(offline) => {
                let (status, body) = offline.get(&path).await;
                read(status, &body)
            }
        }
    }

    /// The newest so many of a list, oldest first.
    pub(crate) async fn newest(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
        limit: usize,
    ) -> anyhow::Result<Page> {
        let mut query = query.to_vec();
        query.push(("order", Some("newest")));
        let mut page = self.list(path, &query, limit, None).await?;
        page.data.truncate(limit);
        page.data.reverse();
        page.next = None;
        Ok(page)
    }

    /// A whole list, or as much of it as is wanted, page by page.
    pub(crate) async fn list(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
        limit: usize,
        after: Option<&str>,
    ) -> anyhow::Result<Page> {
        const LARGEST: usize = 1000;
        let mut whole = Page {
            data: Vec::new(),
            next: after.map(str::to_owned),
        };
        let spinner = (limit > LARGEST).then(|| Spinner::new("reading"));
        loop {
            let ask = (limit - whole.data.len()).min(LARGEST).to_string();
            let mut query = query.to_vec();
            query.push(("limit", Some(&ask)));
            query.push(("after", whole.next.as_deref()));
            let mut page: Page = self.get(path, &query).await?;
            whole.data.append(&mut page.data);
            whole.next = page.next;
            if let Some(spinner) = &spinner {
                spinner.say(format!("{} read", whole.data.len()));
            }
            // A page of a key that is limited to accounts may hold nothing and still not be the last.
            if whole.next.is_none() || whole.data.len() >= limit {
                return Ok(whole);
            }
        }
    }
}

impl Api {
    /// The gateway at this address.
    pub(crate) fn new(url: &str, key: Option<String>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot set up an HTTP client")?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            key,
            timeout: TIMEOUT,
        })
    }

    /// The running gateway meant by the options and the environment; for what a stopped one cannot do.
    pub(crate) async fn find(target: &Target, environment: &Environment) -> anyhow::Result<Self> {
        let Some(dir) = data_dir(target, environment) else {
            return api_by_url(target, environment);
        };
        match api_by_dir(&dir, target) {
            Some(api) if api.is_alive().await => Ok(api),
            _ => Err(Failure::new(Code::Unreachable, no_gateway(&dir))
                .hint(HINT_NO_GATEWAY)
                .into()),
        }
    }

    /// The same, with time for what looks at everything that is stored.
    pub(crate) fn patient(&self) -> Self {
        Self {
            timeout: PATIENCE,
            ..self.clone()
        }
    }

    /// Asks for something.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, None, &[]).await
    }

    /// Hands something over.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Value> {
        self.call(Method::POST, path, Some(body), headers).await
    }

    /// Asks for an answer without an end. `query` pairs without a value are left out.
    pub(crate) async fn stream(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
    ) -> anyhow::Result<reqwest::Response> {
        let url = format!("{}{}", self.url, path_and_query(path, query));
        let mut request = self.http.get(url).timeout(FOR_EVER);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let begun = tokio::time::timeout(TIMEOUT, request.send()).await;
        let response = begun
            .context("the gateway does not answer")?
            .map_err(|error| self.unreachable(error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.unwrap_or_default();
        read::<Value>(status, &body)?;
        anyhow::bail!("the gateway answered {status}")
    }

    fn unreachable(&self, error: reqwest::Error) -> anyhow::Error {
        anyhow::Error::from(error.without_url()).context(
            Failure::new(
                Code::Unreachable,
                format!("no gateway answers at {}", self.url),
            )
            .hint("check the address, and that `waypost serve` is running there"),
        )
    }

    async fn is_alive(&self) -> bool {
        let asked = self
            .http
            .get(format!("{}/health/live", self.url))
            .timeout(TIMEOUT);
        asked.send().await.is_ok()
    }

    async fn call<T: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<T> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        request = request.timeout(self.timeout);
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await;
        let response = response.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        let body = response
            .bytes()
            .await
            .context("the gateway broke off in the middle of its answer")?;
        read(status, &body)
    }
}

const HINT_NO_GATEWAY: &str = "start one with `waypost serve --config FILE`, or name one with --data DIR or --url URL --key KEY";

fn no_gateway(dir: &Path) -> String {
    format!("no gateway is running in {}", dir.display())
}

/// The directory to look in; none if an address is given instead.
fn data_dir(target: &Target, environment: &Environment) -> Option<PathBuf> {
    match (&target.data, &target.url, environment.get("WAYPOST_URL")) {
        (Some(dir), _, _) => Some(dir.clone()),
        (None, None, None) => Some(DEFAULT_DATA.into()),
        _ => None,
    }
}

fn api_by_dir(dir: &Path, target: &Target) -> Option<Api> {
    let access = local::read(dir)?;
    let key = target.key.clone().unwrap_or(access.key);
    Api::new(&format!("http://{}", reachable(&access.address)), Some(key)).ok()
}

fn api_by_url(target: &Target, environment: &Environment) -> anyhow::Result<Api> {
    let url = target.url.as_deref().or(environment.get("WAYPOST_URL"));
    let url = url.unwrap_or_default();
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(
            Failure::new(Code::Usage, format!("`{url}` is not a gateway's address"))
                .hint("write it with its scheme, such as http://127.0.0.1:8080")
                .into(),
        );
    }
    let key = target.key.clone();
    Api::new(
        url,
        key.or_else(|| environment.get("WAYPOST_KEY").map(str::to_owned)),
    )
}

/// A gateway that listens on every address is asked on the loopback one.
fn reachable(address: &str) -> String {
    match address.rsplit_once(':') {
        Some(("0.0.0.0", port)) => format!("127.0.0.1:{port}"),
        Some(("[::]", port)) => format!("[::1]:{port}"),
        _ => address.to_owned(),
    }
}

fn path_and_query(path: &str, query: &[(&str, Option<&str>)]) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        if let Some(value) = value {
            pairs.append_pair(name, value);
        }
    }
    let pairs = pairs.finish();
    if pairs.is_empty() {
        return path.to_owned();
    }
    format!("{path}?{pairs}")
}

/// An answer of the API, or its problem in words.
fn read<T: for<'de> Deserialize<'de>>(status: StatusCode, body: &[u8]) -> anyhow::Result<T> {
    if status.is_success() {
        return serde_json::from_slice(body)
            .context("the gateway's answer is not what this version expects");
    }
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |name: &str| problem[name].as_str().filter(|text| !text.is_empty());
    let sentence = word("detail").or(word("title")).map_or_else(
        || format!("the gateway answered {status}"),
        |text| match word("code") {
            // The mistakes, a line or more for each.
            Some("configuration_wrong") => {
                format!("the configuration is wrong, and nothing was reloaded\n\n{text}")
            }
            Some(code) => format!("{text} ({code})"),
            None => text.to_owned(),
        },
    );
    let (code, hint) = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
            Code::Refused,
            Some(
                "give a key with --key or WAYPOST_KEY; with --data, the gateway's own key file is used",
            ),
        ),
        _ if matches!(
            word("code"),
            Some("configuration_wrong" | "no_accounts_left")
        ) =>
        {
            (Code::Configuration, None)
        }
        _ if problem["code"].is_null() => (
            Code::Failed,
            Some("this is not how a gateway answers: is the address right?"),
        ),
        StatusCode::NOT_FOUND => (Code::NotFound, None),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => (Code::Usage, None),
        _ => (Code::Failed, None),
    };
    let failure = Failure::new(code, sentence);
    // Where the command line has a way of its own, the API's would mislead.
    let hint = if code == Code::Refused {
        hint
    } else {
        word("hint").or(hint)
    };
    Err(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
    .into())
}
