//! Connections that read beside the writer, each with a thread of its own.

use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::During;
use super::schema;
use crate::Error;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The readers. Dropping this lets them answer what was asked, and waits until their threads have ended: whoever closes the
/// database after that is alone with it.
#[derive(Debug)]
pub(super) struct Readers {
    /// Absent while it is dropped.
    questions: Option<Mutex<Sender<Question>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(file: &Path, count: usize) -> Result<Self, Error> {
        let (questions, asked) = mpsc::channel();
        let asked = Arc::new(Mutex::new(asked));
        let mut threads = Vec::new();
        for _ in 0..count.max(1) {
            let connection = schema::open_reader(file)?;
            let asked = Arc::clone(&asked);
            let thread = thread::Builder::new()
                .name("waypost-reader".into())
                .spawn(move || serve(&connection, &asked))
                .map_err(|error| Error::Unavailable {
                    reason: format!("no thread to read with: {error}"),
                })?;
            threads.push(thread);
        }
        Ok(Self {
            questions: Some(Mutex::new(questions)),
            threads,
        })
    }

    /// Asks the next reader that is free.
    pub(super) async fn read<T, F>(&self, ask: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let gone = || Error::Unavailable {
            reason: "the reading threads have ended".into(),
        };
        let (reply, answer) = oneshot::channel();
        let question: Question = Box::new(move |connection| {
            // Whoever does not wait any more does not mind.
            drop(reply.send(read_consistently(connection, ask)));
        });
        let questions = self.questions.as_ref().ok_or_else(gone)?;
        questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send(question)
            .map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.questions = None;
        for thread in self.threads.drain(..) {
            // A panic has been reported by the thread itself.
            drop(thread.join());
        }
    }
}

/// Asks inside one read transaction: what belongs together is seen together, and locks are taken once.
fn read_consistently<T>(
    connection: &Connection,
    ask: impl FnOnce(&Connection) -> Result<T, Error>,
) -> Result<T, Error> {
    let run = |sql| {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
            .during("begin or end reading")
    };
    run("BEGIN")?;
    let answer = ask(connection);
    run("COMMIT")?;
    answer
}

fn serve(connection: &Connection, asked: &Mutex<Receiver<Question>>) {
    loop {
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(question) => question(connection),
            Err(_) => return,
        }
    }
}
