//! Reading a request's body: bounded in size, in time, and in what all of them together hold in memory.
//!
//! **Invariant:** nobody makes the gateway hold more than [`Budget`] of large bodies, however many connections they open.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::{Code, Problem};

pub(crate) use object::object;

mod object;

/// A body up to this size needs no share of the budget.
const SMALL: usize = 64 << 10;
/// What is too large is read to its end up to this size, so that its sender is listening when the answer comes.
const DISCARDED: usize = 32 << 20;
/// All of a body must be there within this time.
const DEADLINE: Duration = Duration::from_secs(20);

/// Memory for the large bodies of all requests together.
#[derive(Debug)]
pub(crate) struct Budget(Semaphore);

impl Budget {
    /// Room for so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Semaphore::new(bytes / SMALL))
    }
}

/// A body in memory, and its share of the budget while it is there.
pub(crate) struct Read<'a> {
    pub(crate) bytes: Bytes,
    _share: Option<SemaphorePermit<'a>>,
}

/// Reads all of it, or says why not.
pub(crate) async fn read(body: Body, limit: usize, budget: &Budget) -> Result<Read<'_>, Problem> {
    tokio::time::timeout(DEADLINE, collect(body, limit, budget))
        .await
        .unwrap_or_else(|_| {
            Err(Problem::from(Code::BodyTimeout)
                .detail(format!("it was not whole after {} s", DEADLINE.as_secs())))
        })
}

async fn collect(mut body: Body, limit: usize, budget: &Budget) -> Result<Read<'_>, Problem> {
    use axum::body::HttpBody as _;
    let announced = body.size_hint().exact().unwrap_or(0);
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > limit {
        discard(body, announced).await;
        return Err(too_large(limit));
    }
    let mut share = None;
    if announced > SMALL {
        share = Some(take_share(budget, announced)?);
    }
    // One frame, the usual case, is handed on without a copy.
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    loop {
        let Some(frame) = body.frame().await else {
            break;
        };
        let Ok(frame) = frame else {
            return Err(Code::BodyInterrupted.into());
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let held = first.as_ref().map_or(0, Bytes::len) + rest.len() + data.len();
        if held > limit {
            drop((first, rest));
            discard(body, DISCARDED).await;
            return Err(too_large(limit));
        }
        if held > SMALL && share.is_none() {
            share = Some(take_share(budget, limit)?);
        }
        if first.is_none() && rest.is_empty() {
            first = Some(data);
        } else {
            if let Some(first) = first.take() {
                rest.reserve(announced.max(first.len() + data.len()));
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(Read {
        bytes: first.unwrap_or_else(|| rest.freeze()),
        _share: share,
    })
}

fn take_share(budget: &Budget, bytes: usize) -> Result<SemaphorePermit<'_>, Problem> {
    let permits = u32::try_from(bytes.div_ceil(SMALL)).unwrap_or(u32::MAX);
    budget
        .0
        .try_acquire_many(permits)
        .map_err(|_| Code::Overloaded.into())
}

async fn discard(mut body: Body, announced: usize) {
    if announced > DISCARDED {
        return;
    }
    let mut seen = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.data_ref().map_or(0, Bytes::len);
        if seen > DISCARDED {
            return;
        }
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::from(Code::BodyTooLarge).detail(format!("this path takes at most {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use http_body_util::Full;
    use hyper::body::{Frame, SizeHint};

    use super::*;

    /// Announces a length, and never sends it.
    struct Silent(u64);

    impl hyper::body::Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }

        fn size_hint(&self) -> SizeHint {
            SizeHint::with_exact(self.0)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let budget = Budget::new(1 << 20);
        let refused = read(Body::new(Silent(100)), 1_000, &budget).await.err();
        assert_eq!(
            refused.map(|problem| problem.code()),
            Some(Code::BodyTimeout)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_share_one_budget_and_small_ones_need_none() {
        let budget = Budget::new(256 << 10);
        let large = || Body::new(Silent(200 << 10));
        let code = |problem: Problem| problem.code();
        let (first, second, small) = tokio::join!(
            read(large(), 1 << 20, &budget),
            read(large(), 1 << 20, &budget),
            read(
                Body::new(Full::new(Bytes::from_static(b"{}"))),
                1 << 20,
                &budget
            ),
        );
        assert_eq!(first.err().map(code), Some(Code::BodyTimeout));
        assert_eq!(second.err().map(code), Some(Code::Overloaded));
        assert_eq!(
            small.map(|read| read.bytes).ok().as_deref(),
            Some(&b"{}"[..])
        );
        // What was given up is free again.
        let whole = Body::from(vec![b' '; 200 << 10]);
        assert_eq!(
            read(whole, 1 << 20, &budget)
                .await
                .map(|read| read.bytes.len())
                .ok(),
            Some(200 << 10)
        );
    }
}
