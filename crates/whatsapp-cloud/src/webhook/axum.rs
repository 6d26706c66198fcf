//! Extractors for [axum](https://docs.rs/axum) (feature `axum`): [`Notification`] for the `POST`, [`Challenge`] for the `GET`.
//!
//! ```
//! use axum::Router;
//! use axum::routing::get;
//! use whatsapp_cloud::secret::{AppSecret, VerifyToken};
//! use whatsapp_cloud::webhook::{self, Notification, Receiver};
//!
//! async fn receive(notification: Notification) {
//!     // Proved, and JSON. What Meta did not sign never comes here: it is answered 401, 413 or 400.
//!     for received in notification.received() {
//!         println!("{:?} {}", received.kind, received.key);
//!     }
//! }
//!
//! let receiver = Receiver::new(AppSecret::new("…"), VerifyToken::new("…"));
//! let app: Router = Router::new()
//!     .route("/webhook", get(webhook::axum::handshake).post(receive))
//!     .with_state(receiver);
//! ```
//!
//! In a state of your own, `impl FromRef<State> for Receiver` (or `#[derive(FromRef)]`) says where the receiver is. axum's own
//! limit of bodies does not apply: the receiver's does. To have a [`Router`](super::Router) take it all, see
//! [`tower`](super::tower): the same endpoint is one `route_service`.

use axum_core::body::Body;
use axum_core::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use super::received::Notification;
use super::receiver::{Receiver, Rejection, body};

/// Reads the body and proves it; see [`Receiver::receive`].
impl<S> FromRequest<S> for Notification
where
    Receiver: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let (head, body) = request.into_parts();
        let receiver = Receiver::from_ref(state);
        receiver.read(&head.headers, body).await
    }
}

/// The challenge of a handshake that was accepted; as an answer it is what Meta wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(String);

impl<S> FromRequestParts<S> for Challenge
where
    Receiver: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        Receiver::from_ref(state).handshake(query).map(Self)
    }
}

impl IntoResponse for Challenge {
    fn into_response(self) -> Response {
        body::challenge::<Body>(self.0)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        body::rejection::<Body>(self)
    }
}

/// Answers Meta's `GET`: `get(webhook::axum::handshake)`.
#[expect(clippy::unused_async, reason = "axum's handlers are")]
pub async fn handshake(challenge: Challenge) -> Challenge {
    challenge
}
