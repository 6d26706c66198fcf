//! Query parameters: every one of them known, or refused with the nearest that is.
//!
//! **Invariant:** a misspelt filter is an error, never a list of everything.

use std::str::FromStr;

use url::form_urlencoded;

use crate::problem::{Code, Problem};

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
    match nearest(name, known) {
        Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
        None => problem,
    }
}

/// The known word closest to this one, if any is close.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known
        .iter()
        .map(|known| (strsim::jaro_winkler(word, known), *known));
    let (score, best) = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (score >= 0.7).then_some(best)
}
