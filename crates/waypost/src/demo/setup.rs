//! What the demo starts: a simulator of Meta, a sample app, and a gateway between them, configured as a user would.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context as _;
use waypost_server::config::{Config, Environment};
use waypost_server::{Gateway, Options};
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};
use whatsapp_sim::{Sim, SimConfig};

use super::app::App;
use crate::config;
use crate::failure::{Code, Failure};

/// The account of the demo.
pub(super) const ACCOUNT: &str = "demo";
/// Its configuration, in the data directory.
pub(super) const CONFIGURATION: &str = "waypost.toml";
/// By which a later demo knows its own.
const FIRST_LINE: &str = "# Made by `waypost demo`: one account at a simulated Meta, one hook.\n";

/// Starts the simulator, with secrets nobody else knows.
pub(super) async fn simulator() -> anyhow::Result<Sim> {
    let config = SimConfig {
        app_secret: AppSecret::new(secret()?),
        verify_token: VerifyToken::new(secret()?),
        access_token: AccessToken::new(secret()?),
        ..SimConfig::default()
    };
    Sim::start(config)
        .await
        .context("cannot start the simulator of Meta")
}

/// Writes a configuration as a user would, reads it back, and starts the gateway by it.
pub(super) async fn gateway(dir: &Path, sim: &Sim, app: &App) -> anyhow::Result<Gateway> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let file = dir.join(CONFIGURATION);
    write_private(&file, &configuration(sim, app)?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    // The demo is about its own configuration; what the shell says of other gateways is no part of it.
    let config: Config = config::load(&file, &Environment::default())?;
    Gateway::start(config, Options::new(dir))
        .await
        .map_err(|error| crate::serve::explain(error, dir))
}

/// A configuration that somebody else made is not written over.
pub(super) fn spare_others(dir: &Path) -> anyhow::Result<()> {
    let file = dir.join(CONFIGURATION);
    match std::fs::read(&file) {
        Ok(found) if found.starts_with(FIRST_LINE.as_bytes()) => Ok(()),
        Ok(_) => {
            let sentence = format!("{} is there, and no demo made it", file.display());
            let hint = "name a directory of its own: `--data DIR`";
            Err(Failure::new(Code::Usage, sentence).hint(hint).into())
        }
        // What is no directory is told of by the step that needs one.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(())
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn configuration(sim: &Sim, app: &App) -> anyhow::Result<String> {
    let meta = sim.config();
    let number = meta
        .numbers
        .first()
        .context("the simulator has no number")?;
    Ok(format!(
        r#"{FIRST_LINE}graph_url = "{graph_url}"

[server]
listen = "127.0.0.1:0"
data = "."

[[account]]
id = "{ACCOUNT}"
phone_number = "+{display}"
phone_number_id = "{phone_number_id}"
business_account_id = "{business_account_id}"
access_token = "{access_token}"
app_secret = "{app_secret}"
verify_token = "{verify_token}"
senders = "everyone"

[[hook]]
id = "app"
url = "{hook}"
secret = "{hook_secret}"
"#,
        graph_url = sim.graph_url(),
        display = number.display_phone_number,
        phone_number_id = number.phone_number_id,
        business_account_id = number.business_account_id,
        access_token = meta.access_token.expose(),
        app_secret = meta.app_secret.expose(),
        verify_token = meta.verify_token.expose(),
        hook = app.url,
        hook_secret = secret()?,
    ))
}

/// Writes a file that only its owner reads: it holds secrets.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::File::options();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?;
    file.write_all(text.as_bytes())
}

/// 256 random bits in hexadecimal digits.
fn secret() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no random numbers")?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
