//! Lists as streams: pages are fetched as they are needed.
//!
//! **Invariant:** a list ends: no cursor is followed twice. Meta's links to other pages are never fetched, so no other host is given
//! the token.

use std::borrow::Cow;
use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{Stream, StreamExt as _};

use super::Client;
use crate::error::Error;
use crate::graph::{Page, Paged};

impl Client {
    /// Everything a list has, page after page. Each page is a call of its own, with its own repetitions and deadline.
    ///
    /// An element of another shape than this version knows is an error of kind [`ErrorKind::Damaged`] in its place, whose source is
    /// the element ([`Odd`]); the stream goes on. It ends after any other error, where a page cannot be had, and where a
    /// cursor would lead round.
    ///
    /// [`ErrorKind::Damaged`]: crate::ErrorKind::Damaged
    /// [`Odd`]: crate::graph::page::Odd
    pub fn pages<E: Paged + 'static>(&self, first: E) -> Pages<E> {
        Pages {
            client: self.clone(),
            next: Some(first),
            ready: VecDeque::new(),
            fetching: None,
            followed: HashSet::new(),
        }
    }
}

type Fetching<E> =
    Pin<Box<dyn Future<Output = (E, Result<Page<<E as Paged>::Item>, Error>)> + Send>>;

/// A list's items: a [`Stream`].
pub struct Pages<E: Paged> {
    client: Client,
    next: Option<E>,
    ready: VecDeque<Result<E::Item, Error>>,
    fetching: Option<Fetching<E>>,
    followed: HashSet<String>,
}

impl<E: Paged + Unpin + 'static> Pages<E>
where
    E::Item: Unpin,
{
    /// The next item, for those who have no use for a stream.
    pub async fn next_item(&mut self) -> Option<Result<E::Item, Error>> {
        self.next().await
    }

    /// All items, at most `max` of them. The first error ends it, that of an odd element too: to go on past one, read the stream.
    pub async fn gather(mut self, max: usize) -> Result<Vec<E::Item>, Error> {
        let mut all = Vec::new();
        while all.len() < max {
            match self.next().await {
                Some(item) => all.push(item?),
                None => break,
            }
        }
        Ok(all)
    }

    fn turn(&mut self, page: Page<E::Item>, asked: &E) {
        let cursor = page.next_cursor().map(Cow::into_owned);
        let has_next = page.has_next();
        self.ready = page
            .into_elements()
            .into_iter()
            .map(|element| element.map_err(|odd| Error::damaged(odd.to_string()).because(odd)))
            .collect();
        match cursor {
            Some(cursor) if self.is_new(&cursor, asked) => {
                self.next = Some(asked.page_after(&cursor));
            }
            Some(_) => tracing::warn!(
                endpoint = asked.name(),
                "the list leads back to a page that was read, and ends here"
            ),
            None if has_next => {
                let message = "the list goes on, and its answer does not say after which cursor";
                self.ready.push_back(Err(Error::damaged(message)));
            }
            None => {}
        }
    }

    /// Whether a cursor leads on. The caller's own, which the first page came after, counts too.
    fn is_new(&mut self, cursor: &str, asked: &E) -> bool {
        let query = asked.query();
        let own = query.pairs().find(|(name, _)| *name == "after");
        self.followed.extend(own.map(|(_, own)| own.to_owned()));
        !self.followed.contains(cursor)
    }
}

impl<E: Paged + Unpin + 'static> Stream for Pages<E>
where
    E::Item: Unpin,
{
    type Item = Result<E::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pages = self.get_mut();
        loop {
            if let Some(item) = pages.ready.pop_front() {
                return Poll::Ready(Some(item));
            }
            if let Some(fetching) = &mut pages.fetching {
                let Poll::Ready((asked, answer)) = fetching.as_mut().poll(context) else {
                    return Poll::Pending;
                };
                pages.fetching = None;
                match answer {
                    Ok(page) => pages.turn(page, &asked),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                }
                continue;
            }
            let Some(endpoint) = pages.next.take() else {
                return Poll::Ready(None);
            };
            let client = pages.client.clone();
            pages.fetching = Some(Box::pin(async move {
                let answer = client.send(&endpoint).await;
                (endpoint, answer)
            }));
        }
    }
}

impl<E: Paged> std::fmt::Debug for Pages<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}
