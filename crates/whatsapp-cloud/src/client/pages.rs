//! Lists as streams: pages are fetched as they are needed.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{Stream, StreamExt as _};

use super::Client;
use crate::error::Error;
use crate::graph::{Page, Paged};

impl Client {
    /// Everything a list has, page after page. Ends after the first error.
    pub fn pages<E: Paged + 'static>(&self, first: E) -> Pages<E> {
        Pages {
            client: self.clone(),
            next: Some(first),
            ready: VecDeque::new(),
            fetching: None,
        }
    }
}

type Fetching<E> =
    Pin<Box<dyn Future<Output = (E, Result<Page<<E as Paged>::Item>, Error>)> + Send>>;

/// A list's items: a [`Stream`].
pub struct Pages<E: Paged> {
    client: Client,
    next: Option<E>,
    ready: VecDeque<E::Item>,
    fetching: Option<Fetching<E>>,
}

impl<E: Paged + Unpin + 'static> Pages<E>
where
    E::Item: Unpin,
{
    /// The next item, for those who have no use for a stream.
    pub async fn next_item(&mut self) -> Option<Result<E::Item, Error>> {
        self.next().await
    }

    /// All items, at most `max` of them.
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
        // A cursor that leads to itself would lead on for ever.
        let before = asked
            .query()
            .pairs()
            .find(|(name, _)| *name == "after")
            .map(|(_, cursor)| cursor.to_owned());
        self.next = page
            .next_cursor()
            .filter(|cursor| before.as_deref() != Some(cursor))
            .map(|cursor| asked.page_after(cursor));
        self.ready = page.data.into();
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
                return Poll::Ready(Some(Ok(item)));
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
