//! The SDK and the simulator against each other: every call that the SDK can make succeeds, and its answer is what the SDK
//! expects, member by member. The calls are those whose requests the SDK's own tests hold as snapshots.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

#[path = "../../../whatsapp-cloud/tests/requests/calls.rs"]
mod calls;
#[path = "../../../whatsapp-cloud/tests/requests/declared.rs"]
mod declared;
#[path = "../jwe/mod.rs"]
mod jwe;
mod scene;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use whatsapp_cloud::Client;
use whatsapp_cloud::graph::Endpoint;

use scene::Scene;

/// Makes calls, each in the same scene, and remembers which, and what was wrong with their answers.
pub(crate) struct Log {
    /// Where callbacks are to go: somebody who shakes hands.
    hook: String,
    /// A message that is encrypted for the number.
    encrypted: String,
    scene: Scene,
    made: BTreeSet<&'static str>,
    wrong: Vec<String>,
}

impl Log {
    async fn call<E: Endpoint>(&mut self, endpoint: E)
    where
        E::Response: Debug,
    {
        let name = endpoint.name();
        self.made.insert(name);
        self.scene.set(name).await;
        let client = self.client_for(&endpoint.path());
        match client.send(&endpoint).await {
            Err(error) => {
                let said = error.api().map(|api| api.raw.clone());
                self.wrong.push(format!("{name}: {error}: {said:?}"));
            }
            Ok(answer) => {
                // Members that are odd show themselves as such, and those that the SDK does not know by name.
                let shown = format!("{answer:?}");
                let mut unknown = shown.split("extra: {").skip(1);
                if shown.contains(": odd") || unknown.any(|extra| !is_known(name, extra)) {
                    self.wrong.push(format!("{name}: {shown}"));
                }
            }
        }
    }

    /// What is about an app's webhooks is asked by the app itself.
    fn client_for(&self, path: &str) -> &Client {
        if path.ends_with("/subscriptions") {
            &self.scene.app
        } else {
            &self.scene.client
        }
    }
}

/// Whether these members are no surprise: none, or those that the SDK leaves open.
fn is_known(name: &str, extra: &str) -> bool {
    let named = extra.split('}').next().unwrap();
    let left_open: &[&str] = match name {
        "ListTemplates" => &["\"summary\""],
        _ => &[],
    };
    named.is_empty() || left_open.contains(&named)
}

#[tokio::test]
async fn every_call_of_the_sdk_succeeds_and_is_answered_as_the_sdk_expects() {
    let scene = Scene::new().await;
    let mut log = Log {
        hook: scene.hook.clone(),
        encrypted: scene.encrypted.clone(),
        scene,
        made: BTreeSet::new(),
        wrong: Vec::new(),
    };
    calls::all(&mut log).await;
    assert!(log.wrong.is_empty(), "{}", log.wrong.join("\n\n"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../whatsapp-cloud/src/graph");
    let missing: Vec<_> = declared::declared(&folder)
        .into_iter()
        .filter(|name| !log.made.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "never called here: {missing:?}");
    log.scene.sim.stop().await;
}
