//! How a command fails: a sentence, its causes, a blank line, and a hint; and the exit code that scripts rely on.

use std::fmt;
use std::process::ExitCode;

use owo_colors::OwoColorize as _;

use crate::output;

/// What the exit code tells a script. Documented in `waypost --help` and docs/cli.md; never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// Anything without a code of its own.
    Failed = 1,
    /// Wrong usage that the grammar alone cannot see.
    Usage = 2,
    /// The configuration is wrong.
    Configuration = 3,
    /// No gateway answers.
    Unreachable = 4,
    /// The key is missing, wrong, or not allowed to do this.
    Refused = 5,
    /// Nothing has this id.
    NotFound = 6,
}

/// A failure in words, with what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    code: Code,
    hint: Option<String>,
}

impl Failure {
    /// A failure with this exit code.
    pub(crate) fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code,
            hint: None,
        }
    }

    /// Its exit code.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// The same, saying what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The options of lists, `redeliver`, `replay` and `reload` by the keys that the API has for them.
const OPTIONS: [(&str, &str); 15] = [
    ("`account_id`", "--account"),
    ("`after`", "--after"),
    ("`contact`", "--contact"),
    ("`event_id`", "--event"),
    ("`everything`", "--all"),
    ("`from`", "--since"),
    ("`hook_id`", "--hook"),
    ("`limit`", "--limit"),
    ("`message_id`", "--message-id"),
    ("`rate`", "--rate"),
    ("`since`", "--since"),
    ("`state`", "--state"),
    ("`type`", "--type"),
    ("`until`", "--until"),
    ("`without_accounts`", "--without-accounts"),
];

/// What the API refused, in the words of the command line.
pub(crate) fn by_options(mut error: anyhow::Error) -> anyhow::Error {
    if let Some(failure) = error.downcast_mut::<Failure>() {
        for (key, option) in OPTIONS {
            failure.sentence = failure.sentence.replace(key, option);
            failure.hint = failure.hint.take().map(|hint| hint.replace(key, option));
        }
    }
    error
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

/// Whoever read standard output has gone away (`| head`): the end of a command, and no failure.
#[derive(Debug)]
pub(crate) struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads standard output any more")
    }
}

impl std::error::Error for ReaderGone {}

/// Prints an error to standard error and gives the exit code that goes with it.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if error.is::<ReaderGone>() {
        return ExitCode::SUCCESS;
    }
    let mut sentences = error.chain().map(ToString::to_string);
    output::remark(&format!(
        "{} {}",
        "error:".red().bold(),
        sentences.next().unwrap_or_default()
    ));
    let mut last = String::new();
    for cause in sentences {
        // Libraries like to repeat their source in their own sentence.
        if !last.contains(&cause) {
            output::remark(&format!("  because: {cause}"));
        }
        last = cause;
    }
    let failure = error.downcast_ref::<Failure>();
    if let Some(hint) = failure.and_then(|failure| failure.hint.as_deref()) {
        output::remark(&format!("\n{} {hint}", "hint:".cyan().bold()));
    }
    ExitCode::from(failure.map_or(Code::Failed, |failure| failure.code) as u8)
}
