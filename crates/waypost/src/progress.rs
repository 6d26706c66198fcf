//! A sign of life on standard error while something takes its time; nothing where that is not a terminal.

use std::time::Duration;

use indicatif::ProgressBar;

/// A spinner with these words, gone when it is dropped.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Starts it.
    pub(crate) fn new(words: impl Into<String>) -> Self {
        let bar = ProgressBar::new_spinner().with_message(words.into());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says something else.
    pub(crate) fn say(&self, words: impl Into<String>) {
        self.0.set_message(words.into());
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
