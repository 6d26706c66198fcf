//! The grammar of `waypost templates`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Work with message templates
#[derive(Debug, Args)]
pub(crate) struct Templates {
    #[command(subcommand)]
    pub(crate) command: TemplatesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TemplatesCommand {
    /// Write Rust types for templates, so that a missing value is a compile error
    ///
    /// Each template becomes a struct with a field for each value it wants, which turns into a message's content. The types use
    /// the crate `whatsapp-cloud`; put them into a file of their own.
    #[command(after_help = "\
Examples:
  waypost templates codegen templates.json > src/templates.rs
  curl -H \"Authorization: Bearer $TOKEN\" \\
    https://graph.facebook.com/v25.0/$ACCOUNT/message_templates |
    waypost templates codegen - > src/templates.rs")]
    Codegen {
        /// Definitions as Meta lists them: its whole answer, a list, or one; `-` reads standard input
        file: PathBuf,
    },
}
