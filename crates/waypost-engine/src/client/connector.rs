//! Connecting to a hook: resolve, judge every address, connect to one of those very addresses.
//!
//! **Invariant:** no connection is opened to an address that was not judged, and the name is not resolved a second time.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;
use waypost_core::address::{self, Refusal};

/// The next address is tried beside the one before it after this time, or as soon as that one fails.
const STAGGER: Duration = Duration::from_millis(250);

/// Opens connections that the hook is allowed to have.
#[derive(Debug, Clone)]
pub(super) struct Guarded {
    pub(super) private_network: bool,
}

/// Why no connection was opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the URL has no host")]
    NoHost,
    #[error("{host} does not resolve: {source}")]
    Resolve {
        host: String,
        source: std::io::Error,
    },
    #[error("{host} resolves to {address}: {refusal}")]
    Refused {
        host: String,
        address: IpAddr,
        refusal: Refusal,
    },
    #[error("cannot connect to {host}: {source}")]
    Connect {
        host: String,
        source: std::io::Error,
    },
}

impl Error {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::NoHost => "request",
            Self::Resolve { .. } => "dns",
            Self::Refused { .. } => "refused_address",
            Self::Connect { .. } => "connect",
        }
    }
}

impl Service<Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let private_network = self.private_network;
        Box::pin(async move { connect(&uri, private_network).await.map(TokioIo::new) })
    }
}

async fn connect(uri: &Uri, private_network: bool) -> Result<TcpStream, Error> {
    let host = uri.host().ok_or(Error::NoHost)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    });
    let addresses = resolve(host, port).await?;
    for address in &addresses {
        address::check(address.ip(), private_network).map_err(|refusal| Error::Refused {
            host: host.to_owned(),
            address: address.ip(),
            refusal,
        })?;
    }
    let stream = race(addresses).await.map_err(|source| Error::Connect {
        host: host.to_owned(),
        source,
    })?;
    // Requests are small and must not wait for one another's acknowledgements.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

async fn resolve(host: &str, port: u16) -> Result<VecDeque<SocketAddr>, Error> {
    if let Ok(literal) = host.parse::<IpAddr>() {
        return Ok(VecDeque::from([SocketAddr::new(literal, port)]));
    }
    tokio::net::lookup_host((host, port))
        .await
        .map(Iterator::collect)
        .map_err(|source| Error::Resolve {
            host: host.to_owned(),
            source,
        })
}

/// Tries the addresses in their order, each a moment after the one before, and takes the first that connects.
async fn race(mut waiting: VecDeque<SocketAddr>) -> Result<TcpStream, std::io::Error> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the name has no address");
    let mut trying = FuturesUnordered::new();
    loop {
        if let Some(address) = waiting.pop_front() {
            trying.push(TcpStream::connect(address));
        }
        let next_may_start = async {
            if waiting.is_empty() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(STAGGER).await;
        };
        tokio::select! {
            result = trying.next() => match result {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => last = error,
                None => return Err(last),
            },
            () = next_may_start => {}
        }
    }
}
