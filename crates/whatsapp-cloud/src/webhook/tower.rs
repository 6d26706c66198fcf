//! A [`tower`](https://docs.rs/tower) layer that turns Meta's requests into proved notifications (feature `tower`).
//!
//! The layer answers the handshake, and everything that is no proof, by itself; what is behind it gets a
//! `Request<Notification>` and nothing else. A [`Router`] is such a service, and so is any of yours:
//!
//! ```
//! use tower::Layer as _;
//! use whatsapp_cloud::secret::{AppSecret, VerifyToken};
//! use whatsapp_cloud::webhook::message::Message;
//! use whatsapp_cloud::webhook::tower::ReceiveLayer;
//! use whatsapp_cloud::webhook::{Received, Receiver, Router};
//!
//! async fn greet(message: Received<Message>) -> Result<(), std::io::Error> {
//!     // An error is answered 500, and Meta sends the notification again: `message.key` stays the same.
//!     println!("{:?} from {:?}", message.element.kind, message.person);
//!     Ok(())
//! }
//!
//! let receiver = Receiver::new(AppSecret::new("…"), VerifyToken::new("…"));
//! let endpoint = ReceiveLayer::new(receiver).layer(Router::new().on_message(greet));
//! // A server of hyper takes it as it is; in axum it is one route.
//! let app: axum::Router = axum::Router::new().route_service("/webhook", endpoint);
//! ```
//!
//! In front of a service that wants a body, such as a route of axum, the notification is the body, byte by byte as Meta signed
//! it, and is among the request's extensions besides.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use tower_layer::Layer;
use tower_service::Service;

use super::received::Notification;
use super::receiver::{Receiver, Rejection, body};
use super::router::Router;

/// Makes a [`Receive`] of a service.
#[derive(Debug, Clone)]
pub struct ReceiveLayer {
    receiver: Receiver,
}

impl ReceiveLayer {
    /// The layer that takes what this receiver takes.
    pub fn new(receiver: Receiver) -> Self {
        Self { receiver }
    }
}

impl<S> Layer<S> for ReceiveLayer {
    type Service = Receive<S>;

    fn layer(&self, inner: S) -> Receive<S> {
        Receive {
            receiver: self.receiver.clone(),
            inner,
        }
    }
}

/// A service behind which there are only proved notifications.
#[derive(Debug, Clone)]
pub struct Receive<S> {
    receiver: Receiver,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for Receive<S>
where
    S: Service<Request<Notification>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was found ready is the one to be called; its clone waits for the next request.
        let waiting = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, waiting);
        let receiver = self.receiver.clone();
        Box::pin(async move {
            match *request.method() {
                Method::GET => Ok(receiver
                    .handshake(request.uri().query().unwrap_or_default())
                    .map_or_else(body::rejection, body::challenge)),
                Method::POST => {
                    let (head, body) = request.into_parts();
                    let notification = match receiver.read(&head.headers, body).await {
                        Ok(notification) => notification,
                        Err(rejection) => return Ok(body::rejection(rejection)),
                    };
                    let mut request = Request::from_parts(head, notification.clone());
                    request.extensions_mut().insert(notification);
                    inner.call(request).await
                }
                _ => Ok(body::rejection(Rejection::Method)),
            }
        })
    }
}

/// The body as Meta signed it.
impl Body for Notification {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.take();
        Poll::Ready((!body.is_empty()).then(|| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.body().len()).unwrap_or(u64::MAX))
    }
}

/// 200 when every handler is content; 500 when one is not, so that Meta sends the notification again.
impl Service<Request<Notification>> for Router {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Notification>) -> Self::Future {
        let router = self.clone();
        Box::pin(async move {
            let report = router.handle(request.body()).await;
            let mut response = Response::default();
            if !report.failed.is_empty() {
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            }
            Ok(response)
        })
    }
}
