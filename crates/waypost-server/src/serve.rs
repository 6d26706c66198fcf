//! The HTTP/1.1 server: accepts connections, bounds what each may take, and ends them in peace.
//!
//! **Invariant:** a connection that sends nothing costs a slot for [`HEADER_DEADLINE`] at most, and one whose other side takes
//! nothing of what it is sent for [`STALL_DEADLINE`].

mod stall;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody as _;
use axum::response::Response;
use http::{HeaderValue, header};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

use stall::Stalling;

/// All of a request's head must be there within this time; an idle connection is closed after it, too.
const HEADER_DEADLINE: Duration = Duration::from_secs(30);
/// An answer of which nothing is taken for this long is cut off.
const STALL_DEADLINE: Duration = Duration::from_secs(30);
/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 4_096;

/// A running server.
pub(crate) struct Server {
    tasks: TaskTracker,
    stopping: CancellationToken,
}

impl Server {
    /// Serves the router on every listener. `stopping` is cancelled when it is to end: answers without an end of their own
    /// end then.
    pub(crate) fn start(
        listeners: Vec<TcpListener>,
        router: &Router,
        stopping: CancellationToken,
    ) -> Self {
        let server = Self {
            tasks: TaskTracker::new(),
            stopping,
        };
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        for listener in listeners {
            server.tasks.spawn(accept(
                listener,
                router.clone(),
                slots.clone(),
                server.tasks.clone(),
                server.stopping.clone(),
            ));
        }
        server.tasks.close();
        server
    }

    /// Returns when nothing is served any more.
    pub(crate) async fn ended(&self) {
        self.tasks.wait().await;
    }

    /// Takes no more connections and no more requests, and lets those under way be answered within `grace`. True if all
    /// of them were.
    pub(crate) async fn stop(&self, grace: Duration) -> bool {
        self.stopping.cancel();
        tokio::time::timeout(grace, self.tasks.wait()).await.is_ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    slots: Arc<Semaphore>,
    tasks: TaskTracker,
    stopping: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => return,
            accepted = async {
                let slot = slots.clone().acquire_owned().await;
                (slot, listener.accept().await)
            } => accepted,
        };
        match accepted {
            (slot, Ok((stream, _))) => {
                let connection = serve(stream, router.clone(), stopping.clone());
                tasks.spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            (_, Err(error)) if is_of_the_connection(&error) => {}
            (_, Err(error)) => {
                // Out of file descriptors, most likely: connections that end make room.
                tracing::error!(%error, "cannot accept connections, trying again");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, router: Router, stopping: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request| {
        let mut router = router.clone();
        async move {
            let Ok(response) = router.call(request).await;
            Ok::<_, Infallible>(guarded(response))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_headers(100)
        .serve_connection(TokioIo::new(Stalling::new(stream, STALL_DEADLINE)), service);
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        // The other side went away or talked nonsense: its affair, not ours.
        tracing::debug!(%error, "connection ended");
    }
}

/// What every answer carries, whatever it says.
fn guarded(mut response: Response) -> Response {
    let is_empty = response.body().is_end_stream();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !is_empty {
        headers
            .entry(header::CONTENT_SECURITY_POLICY)
            .or_insert(HeaderValue::from_static(
                "default-src 'none'; frame-ancestors 'none'; sandbox",
            ));
    }
    response
}

/// Binds every address; the error names the one that failed.
pub(crate) async fn bind(
    addresses: &[SocketAddr],
) -> Result<Vec<TcpListener>, (SocketAddr, std::io::Error)> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for &address in addresses {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| (address, error))?;
        listeners.push(listener);
    }
    Ok(listeners)
}

fn is_of_the_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
