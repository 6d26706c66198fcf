//! Calling a hook: one request, one deadline over all of it, no redirects, and an answer of bounded size.
//!
//! Two pools of connections are kept, one for hooks that may be in private networks and one for those that may not, so that the
//! latter never ride on a connection that was opened for the former.
//!
//! **Invariant:** whatever a hook does, a call ends by its deadline and holds at most [`ANSWER_LIMIT`] bytes of its answer.

mod connector;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioTimer;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use connector::Guarded;

/// The most that is read of an answer. What is longer is not read to its end, and the connection is given up.
pub(crate) const ANSWER_LIMIT: usize = 256 * 1024;
/// How long an unused connection is kept. Servers close theirs sooner or later; ours go first, mostly.
const IDLE: Duration = Duration::from_secs(30);

type Pool = Client<HttpsConnector<Guarded>, Full<Bytes>>;

/// Calls hooks.
#[derive(Clone)]
pub(crate) struct HookClient {
    public: Pool,
    private: Pool,
    /// Cancelled when no answer is waited for any more.
    cut: CancellationToken,
}

/// A call to be made.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Over DNS, connect, TLS, headers and body together.
    pub(crate) deadline: Duration,
    /// Whether the address may be private.
    pub(crate) private_network: bool,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// At most [`ANSWER_LIMIT`] bytes.
    pub(crate) body: Bytes,
    /// The answer was longer than that, and `body` is only its beginning.
    pub(crate) too_large: bool,
    pub(crate) retry_after: Option<String>,
    /// Where a redirect, which is not followed, leads: the host only.
    pub(crate) redirect_host: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    /// A stable word.
    pub(crate) word: &'static str,
    /// The rest of the sentence.
    pub(crate) detail: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.word, self.detail)
    }
}

impl HookClient {
    /// `tasks` carries the connections.
    pub(crate) fn new(tasks: &TaskTracker) -> Result<Self, rustls::Error> {
        Ok(Self {
            public: pool(tasks, false)?,
            private: pool(tasks, true)?,
            cut: CancellationToken::new(),
        })
    }

    /// Makes the call.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, Failure> {
        let deadline = call.deadline;
        tokio::select! {
            result = tokio::time::timeout(deadline, self.exchange(call)) => match result {
                Ok(result) => result,
                Err(_) => Err(Failure {
                    word: "timeout",
                    detail: format!("no complete answer within {} s", deadline.as_secs_f64()),
                }),
            },
            () = self.cut.cancelled() => Err(Failure {
                word: "stopped",
                detail: "the gateway stopped before there was a complete answer".to_owned(),
            }),
        }
    }

    /// Ends every call without its answer, those that are still to come too.
    pub(crate) fn cut_off(&self) {
        self.cut.cancel();
    }

    async fn exchange(&self, call: Call) -> Result<Answer, Failure> {
        let pool = if call.private_network {
            &self.private
        } else {
            &self.public
        };
        let mut request = Request::new(Full::new(call.body));
        *request.method_mut() = call.method;
        *request.uri_mut() = call.uri;
        *request.headers_mut() = call.headers;
        let response = pool
            .request(request)
            .await
            .map_err(|error| classify(&error))?;
        read(response).await
    }
}

fn pool(tasks: &TaskTracker, private_network: bool) -> Result<Pool, rustls::Error> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(provider)?
        .https_or_http()
        .enable_http1()
        .wrap_connector(Guarded { private_network });
    Ok(Client::builder(Connections(tasks.clone()))
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector))
}

async fn read(response: Response<Incoming>) -> Result<Answer, Failure> {
    let (head, mut body) = response.into_parts();
    let text = |name| {
        head.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let mut answer = Answer {
        status: head.status.as_u16(),
        body: Bytes::new(),
        too_large: false,
        retry_after: text(header::RETRY_AFTER),
        redirect_host: text(header::LOCATION).and_then(|location| {
            let uri = location.parse::<Uri>().ok()?;
            Some(uri.host().unwrap_or("the same host").to_owned())
        }),
    };
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut read = BytesMut::with_capacity(expected.min(ANSWER_LIMIT));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| classify(&error))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        let room = ANSWER_LIMIT - read.len();
        read.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room || (expected > ANSWER_LIMIT && read.len() >= 4096) {
            answer.too_large = true;
            break;
        }
    }
    answer.body = read.freeze();
    Ok(answer)
}

/// Finds the word for an error by looking at what it was caused by.
fn classify(error: &(dyn StdError + 'static)) -> Failure {
    let mut cause = Some(error);
    let mut last = error;
    let mut connecting = false;
    let mut broken = false;
    while let Some(error) = cause {
        last = error;
        if let Some(error) = error.downcast_ref::<connector::Error>() {
            return Failure {
                word: error.word(),
                detail: error.to_string(),
            };
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return failure("tls", error);
        }
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            connecting |= error.is_connect();
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
                return failure("reset", error);
            }
            if error.is_parse() {
                return failure("protocol", error);
            }
        }
        let io = error.downcast_ref::<std::io::Error>();
        broken |= io.is_some();
        cause = match io {
            // An io::Error's own source is the source of what it wraps.
            Some(wrapper) if wrapper.get_ref().is_some() => wrapper
                .get_ref()
                .map(|inner| inner as &(dyn StdError + 'static)),
            _ => error.source(),
        };
    }
    if connecting {
        // Our own connector names its errors; what remains is the handshake after it.
        return failure("tls", last);
    }
    failure(if broken { "reset" } else { "protocol" }, last)
}

fn failure(word: &'static str, error: &dyn StdError) -> Failure {
    Failure {
        word,
        detail: error.to_string(),
    }
}

/// Runs connections as tasks of the engine, not as anybody's.
#[derive(Clone)]
struct Connections(TaskTracker);

impl<F> hyper::rt::Executor<F> for Connections
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, connection: F) {
        self.0.spawn(connection);
    }
}

#[cfg(test)]
mod tests;
