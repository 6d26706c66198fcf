//! Query parameters: every one of them known, or refused with the nearest that is.
//!
//! **Invariant:** a misspelt filter is an error, never a list of everything.

use std::str::FromStr;

use axum::body::Body;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;
use waypost_core::time::UnixMillis;

use crate::app::App;
use crate::body;
use crate::problem::{Code, Problem};

/// Of a request that is no message, in bytes.
const LONGEST_BODY: usize = 64 << 10;
/// Items in a page, unless asked for.
pub(crate) const DEFAULT_LIMIT: usize = 100;
/// Items in a page, at most.
pub(crate) const MAX_LIMIT: usize = 1_000;

/// What was asked for. A parameter without a value counts as absent.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string that may hold these parameters, each once.
    pub(crate) fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !known.contains(&&*name) {
                return Err(unknown(&name, known));
            }
            if pairs.iter().any(|(given, _)| *given == name) {
                return Err(Problem::from(Code::InvalidParameter)
                    .detail(format!("`{name}` is given twice")));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let mut pairs = self.0.iter();
        let (_, value) = pairs.find(|(given, value)| given == name && !value.is_empty())?;
        Some(value.clone())
    }

    /// An id of Meta's. These are base64, hold no spaces, and often come with a `+` that nobody encoded.
    pub(crate) fn meta_id(&self, name: &str) -> Option<String> {
        Some(self.text(name)?.replace(' ', "+"))
    }

    /// The value of a parameter, read as what it should be.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str, what: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let refused =
            || Problem::from(Code::InvalidParameter).detail(format!("`{name}` takes {what}"));
        text.parse().map(Some).map_err(|_| refused())
    }

    /// `order`: whether the newest come first.
    pub(crate) fn newest_first(&self) -> Result<bool, Problem> {
        match self.text("order").as_deref() {
            None | Some("oldest") => Ok(false),
            Some("newest") => Ok(true),
            Some(_) => {
                Err(Problem::from(Code::InvalidParameter).detail("`order` takes oldest or newest"))
            }
        }
    }

    /// `limit`, from 1 to 1,000.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        match self.parsed("limit", "a number from 1 to 1000")? {
            None => Ok(DEFAULT_LIMIT),
            Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
            Some(_) => Err(Problem::from(Code::InvalidParameter)
                .detail("`limit` takes a number from 1 to 1000")),
        }
    }
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    let problem = Problem::from(Code::UnknownParameter);
    if known.is_empty() {
        return problem.detail("this path takes no query parameters");
    }
    // The name comes from outside: shown only where it is short.
    let shown: String = name.chars().take(64).collect();
    let problem = problem.detail(format!("`{shown}` is not one of {}", known.join(", ")));
    did_you_mean(problem, name, known)
}

/// Reads a request's JSON object; an empty body is one without anything in it. An unknown key is refused by its name, and so
/// is one that stands there twice.
pub(crate) async fn object<T: DeserializeOwned>(body: Body, app: &App) -> Result<T, Problem> {
    let read = body::read(body, LONGEST_BODY, &app.budget).await?;
    let text: &[u8] = if read.bytes.is_empty() {
        b"{}"
    } else {
        &read.bytes
    };
    let object = body::object(text, Code::InvalidRequest)?;
    serde_path_to_error::deserialize(Value::Object(object)).map_err(|error| {
        // What serde says of a value repeats it; only of unknown keys, which it lists, is it worth that.
        let said = error.inner().to_string();
        let path = error.path().to_string();
        Problem::from(Code::InvalidRequest).detail(if said.starts_with("unknown field") {
            said.chars().take(300).collect()
        } else {
            format!("`{path}` has a value of the wrong kind")
        })
    })
}

/// What does much at once is told to which part of it, or in words that everything is meant. `filters` are the keys that
/// tell the part.
pub(crate) fn check_selection(
    everything: bool,
    is_filtered: bool,
    filters: &str,
) -> Result<(), Problem> {
    if everything != is_filtered {
        return Ok(());
    }
    let problem = Problem::from(Code::InvalidRequest);
    Err(if everything {
        problem.detail(format!(
            "`everything` is asked for, and so is a part of it by {filters}"
        ))
    } else {
        problem
            .detail("nothing says what is meant")
            .hint(format!("narrow it down by {filters}; or say `everything`"))
    })
}

/// The moment that a text names, as RFC 3339.
pub(crate) fn moment(name: &str, text: &str) -> Result<UnixMillis, Problem> {
    UnixMillis::from_rfc3339(text).ok_or_else(|| {
        Problem::from(Code::InvalidRequest).detail(format!(
            "`{name}` takes a time such as 2026-01-30T12:00:00Z"
        ))
    })
}

/// The two ends of a span of time, of which either may be open. Exchanged ends would match nothing, and look like an answer.
pub(crate) fn span(
    (first, from): (&str, Option<&str>),
    (last, until): (&str, Option<&str>),
) -> Result<(Option<UnixMillis>, Option<UnixMillis>), Problem> {
    let from = from.map(|text| moment(first, text)).transpose()?;
    let until = until.map(|text| moment(last, text)).transpose()?;
    match (from, until) {
        (Some(from), Some(until)) if until <= from => {
            let detail = format!("`{last}` takes a time after that of `{first}`");
            Err(Problem::from(Code::InvalidRequest)
                .detail(detail)
                .hint(format!("`{first}` is the beginning of the span")))
        }
        ends => Ok(ends),
    }
}

/// The problem with a word, its hint the known one closest to it, if any is close.
pub(crate) fn did_you_mean(problem: Problem, word: &str, known: &[&str]) -> Problem {
    match nearest(word, known) {
        Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
        None => problem,
    }
}

/// Without regard to case, which people lose first.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    let scored = known
        .iter()
        .map(|known| (strsim::jaro_winkler(&word, &known.to_lowercase()), *known));
    let (score, best) = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (score >= 0.7).then_some(best)
}
