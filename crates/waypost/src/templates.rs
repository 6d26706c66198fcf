//! `waypost templates codegen`: Rust types for message templates.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use whatsapp_cloud::template::codegen;

use crate::cli::TemplatesCommand;
use crate::failure::{Code, Failure};
use crate::output;

/// Runs the command.
pub(crate) fn run(command: &TemplatesCommand) -> anyhow::Result<()> {
    match command {
        TemplatesCommand::Codegen { file } => {
            let definitions = codegen::read(&read(file)?).map_err(unusable)?;
            output::print(&codegen::bindings(&definitions).map_err(unusable)?)
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn unusable(error: codegen::Error) -> anyhow::Error {
    let hint = "give definitions as Meta lists them: GET /{business account}/message_templates";
    let failure = Failure::new(Code::Usage, "no types can be made of these definitions");
    anyhow::Error::new(error).context(failure.hint(hint))
}
