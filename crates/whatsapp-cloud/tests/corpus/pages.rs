//! What stands on Meta's pages and in clients' tests without saying what it is: answers, bodies and pieces, by their names.

mod table;

use serde_json::{Map, Value, json};
use whatsapp_cloud::graph::{Endpoint, access, group, messages};
use whatsapp_cloud::message::Message;

use crate::answers::{Decode, decode, fault};
use crate::calls::{self, Read, completed};
use crate::files::{self, File};
use What::{Answer, Call, Content, Piece, Sent, Token};
use table::PAGES;

/// What a document is.
enum What {
    /// An answer, or several, each under a name and `value`.
    Answer(Decode),
    /// The body of a call.
    Call(Read),
    /// An answer to a message; some of Meta's examples list those of other calls beside it.
    Sent,
    /// A token.
    Token,
    /// A message without its envelope.
    Content,
    /// A piece of a template's definition.
    Piece(Read),
}

/// Documents that the SDK has no part in, by the beginnings of their names and the reason.
const NOT_OURS: &[(&str, &[&str])] = &[
    (
        "a flow's own JSON and its components: the SDK carries them as text",
        &[
            "pywa/flow-json/",
            "meta-docs-2025-12/other/flows-reference-components__",
            "meta-docs-2025-12/other/flows-reference-flowjson__",
        ],
    ),
    (
        "what a client's own functions and servers take and answer",
        &[
            "ericvera-ts/other/emulator-readme-md__",
            "fbsamples/other/",
            "frappe-whatsapp/other/",
            "gokapso-js/other/docs-flows-md__",
            "gokapso-js/other/tests-conversations-test-ts__",
            "gokapso-js/other/tests-messages-",
            "gokapso-js/other/tests-templates-",
        ],
    ),
    (
        "an error's words, without the error",
        &["ericvera-ts/other/src-constants-ts__01.json"],
    ),
    (
        "a tool's configuration",
        &[
            "meta-node-sdk/other/cspell.json",
            "rodrigocoliveira-php/other/composer.json",
        ],
    ),
    (
        "of a page that signs businesses up, in a browser",
        &[
            "meta-docs-2025-12/other/embedded-signup-app-only-install__",
            "meta-docs-2025-12/other/marketing-messages-onboard-business-customers__1.json",
            "meta-docs-2026-03/other/parceiros-integracao-de-clientes-cadastro-incorporado-versions",
        ],
    ),
    (
        "payment gateways, their configuration and refunds in India: no calls of the messaging API",
        &[
            "meta-docs-2025-12/other/payments-payments-in-checkout-button-templates__",
            "meta-docs-2025-12/other/payments-payments-in-onboarding-apis__",
            "meta-docs-2025-12/other/payments-payments-in-pg__",
            "meta-docs-2025-12/other/payments-payments-in-upi-intent-pg-guide-",
            "meta-docs-2025-12/other/payments-payments-in-upi-intent__1.json",
            "meta-docs-2026-03/other/pagamentos-pagamentos-na-india-checkout-button-templates__",
        ],
    ),
    (
        "calls of the Marketing API: figures and welcome messages of advertisements, credit lines, system users",
        &[
            "meta-docs-2025-12/other/ctwa-welcome-message-sequences__",
            "meta-docs-2025-12/other/marketing-messages-view-metrics__",
            "meta-docs-2025-12/other/solution-providers-manage-system-users__1.json",
            "meta-docs-2025-12/other/solution-providers-share-and-revoke-credit-lines__",
            "meta-docs-2025-12/other/solution-providers-support-migrating-wabas-among-solutions-via-meta-business-suite__2",
            "meta-docs-2026-03/other/anuncios-com-clique-para-whatsapp-welcome-message-sequences__",
            "meta-docs-2026-03/other/parceiros-gerenciamento-gerenciar-ativos-do-cliente-share-and-revoke-credit-lines__",
        ],
    ),
    (
        "calls whose path is in none of Meta's descriptions: accounts made by a portfolio, intents to migrate, granular tokens",
        &[
            "meta-docs-2025-12/other/reference-business-whatsapp-business-accounts-api__2.json",
            "meta-docs-2025-12/other/reference-business-whatsapp-business-accounts-api__3.json",
            "meta-docs-2025-12/other/solution-providers-multi-partner-solution-embedded-creation__1.json",
            "meta-docs-2025-12/other/solution-providers-multi-partner-solutions__5.json",
            "meta-docs-2025-12/other/solution-providers-multi-partner-solutions__6-placeholder.json",
            "meta-docs-2025-12/other/solution-providers-support-migrating-customers-off-solutions-via-embedded-signup__1",
            "meta-docs-2026-03/other/referencia-conta-do-whatsapp-business-migration-intent-api__",
        ],
    ),
    (
        "calls of the on-premises API, which has ended, and of a load test",
        &[
            "meta-docs-2025-12/other/support-load-testing__",
            "meta-docs-2025-12/other/support-migrating-from-onprem-to-cloud__",
        ],
    ),
    (
        "pieces too small to say what they are, or no JSON in life",
        &[
            "meta-docs-2025-12/other/marketing-messages-get-started__2",
            "meta-docs-2025-12/other/no-storage__3.json",
            "meta-docs-2025-12/other/reference-media-media-download-api__1.json",
            "meta-docs-2025-12/other/solution-providers-get-started-for-solution-partners__5.json",
            "meta-docs-2026-03/other/mensagens-",
            "meta-docs-2026-03/other/modelos-modelos-de-marketing-media-card-carousel-templates__1.json",
            "meta-docs-2026-03/other/parceiros-gerenciamento-gerenciar-ativos-do-cliente-manage-accounts__2.json",
            "meta-docs-2026-03/other/recado-precos-",
        ],
    ),
];

/// Documents that are read, and in which something is not what Meta itself says it is, by the reason.
const INVALID: &[(&str, &[&str])] = &[
    (
        "a list of websites as the text of a list",
        &["meta-docs-2025-12/other/business-profiles__2.json"],
    ),
    (
        "words in angle brackets stand for a number and for a truth value",
        &["meta-docs-2025-12/other/groups-reference__4-placeholder.json"],
    ),
    (
        "a file's path, which goes as a part of a form",
        &["meta-docs-2025-12/other/groups-reference__5-placeholder.json"],
    ),
    (
        "an empty text stands for people or a list that are not there",
        &[
            "meta-docs-2025-12/other/reference-whatsapp-business-phone-number-business-compliance-information-api__1.json",
            "meta-docs-2025-12/other/reference-whatsapp-business-phone-number-calling-api__1.json",
            "meta-docs-2026-03/other/referencia-telefone-do-whatsapp-business-business-compliance-information-api__1.json",
            "meta-docs-2026-03/other/referencia-telefone-do-whatsapp-business-calling-api__1.json",
        ],
    ),
    (
        "the number twice, once by the name that answers have for it",
        &[
            "meta-docs-2025-12/other/solution-providers-support-migrating-customers-off-solutions-via-meta-business-suite__3-placeholder.json",
        ],
    ),
];

/// Read as this type and written again.
fn again<T: serde::de::DeserializeOwned + serde::Serialize>(
    body: &[u8],
) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_slice::<T>(body)?)
}

/// What a flow and its endpoint say to each other, where that is compiled in.
fn flow_data(body: &[u8]) -> Result<Value, serde_json::Error> {
    #[cfg(feature = "flows")]
    return again::<whatsapp_cloud::flow::Ask>(body);
    #[cfg(not(feature = "flows"))]
    serde_json::from_slice(body)
}

fn group_changes(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body: Value = serde_json::from_slice(body)?;
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    calls::written(&group::UpdateGroup {
        group_id: "1".into(),
        subject: text("subject"),
        description: text("description"),
        picture: None,
    })
}

fn what(file: &File) -> Option<&'static What> {
    if file.folder() != "other" {
        return None;
    }
    let (_, of_source) = PAGES.iter().find(|(source, _)| *source == file.source())?;
    let found = of_source
        .iter()
        .find(|(start, _)| file.title().starts_with(start));
    found.map(|(_, what)| what)
}

pub(crate) fn reads(file: &File) -> bool {
    what(file).is_some() && !crate::messages::reads(file)
}

pub(crate) fn not_ours(file: &File) -> Option<&'static str> {
    if crate::templates::is_argument(file) {
        return Some("what one client's own functions take");
    }
    if calls::is_form(file) {
        return Some("a form");
    }
    let is_named = |starts: &[&str]| starts.iter().any(|start| file.name.starts_with(start));
    let found = NOT_OURS.iter().find(|(_, starts)| is_named(starts));
    found.map(|(why, _)| *why)
}

/// The documents of a file: itself, or each `value` under its name.
fn documents(value: Value) -> Vec<Value> {
    let value = mended(value);
    let Value::Object(members) = value else {
        // One element of a list is shown as a list.
        return value.as_array().cloned().unwrap_or_default();
    };
    if members.values().all(|member| member.get("value").is_some()) {
        members
            .into_iter()
            .map(|(_, mut member)| member["value"].take())
            .collect()
    } else {
        vec![Value::Object(members)]
    }
}

/// A tool wrote the lists of some pages as objects of indices, and what it cut off as `null`.
fn mended(value: Value) -> Value {
    match value {
        Value::Object(members) if is_list(&members) => {
            let items = members.into_iter().map(|(_, item)| item);
            items.filter(|item| !item.is_null()).map(mended).collect()
        }
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, mended(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(mended).collect(),
        other => other,
    }
}

fn is_list(members: &Map<String, Value>) -> bool {
    !members.is_empty()
        && members
            .keys()
            .enumerate()
            .all(|(place, name)| *name == place.to_string())
}

#[test]
fn every_document_of_the_pages_is_read_as_what_it_is() {
    let mut faults = Vec::new();
    let mut invalid: Vec<_> = INVALID.iter().flat_map(|(_, names)| *names).collect();
    let mut seen = 0;
    for file in files::all().into_iter().filter(reads) {
        let Some(what) = what(&file) else { continue };
        let name = &file.name;
        let is_invalid = invalid.iter().position(|listed| *listed == name);
        let is_invalid = is_invalid.map(|place| invalid.swap_remove(place)).is_some();
        let documents = documents(file.value);
        seen += documents.len();
        let found: Vec<_> = documents
            .into_iter()
            .filter_map(|document| fault_of(what, document))
            .collect();
        if is_invalid && found.is_empty() {
            faults.push(format!(
                "{name} is listed as invalid, and nothing is found wrong with it"
            ));
        } else if !is_invalid {
            faults.extend(found.iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(
        invalid.is_empty() || !files::is_here(),
        "not there: {invalid:?}"
    );
    eprintln!("{seen} documents");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

fn fault_of(what: &What, mut document: Value) -> Option<String> {
    let read = match what {
        Answer(decode) => return fault(*decode, &document),
        Sent if document.get("messages").is_none() => {
            return fault(decode::<messages::MarkRead>, &document);
        }
        Sent => {
            let message = messages::SendMessage::raw("1", "{}").unwrap();
            return match message.decode(document.to_string().as_bytes()) {
                Ok(sent) if document["messages"][0]["id"] == sent.wamid.as_str() => None,
                Ok(sent) => Some(format!("is taken for {}", sent.wamid)),
                Err(error) => Some(error.to_string()),
            };
        }
        Token => {
            let token = serde_json::from_value::<access::GrantedToken>(document.clone());
            return match token {
                Ok(token) if document["access_token"] == token.access_token.expose() => None,
                other => Some(format!("{other:?}")),
            };
        }
        Content => {
            let envelope = document.as_object_mut().unwrap();
            envelope
                .entry("messaging_product")
                .or_insert_with(|| json!("whatsapp"));
            envelope
                .entry("to")
                .or_insert_with(|| json!("491701234567"));
            envelope
                .entry("type")
                .or_insert_with(|| json!("interactive"));
            again::<Message>
        }
        Call(read) | Piece(read) => *read,
    };
    match read(document.to_string().as_bytes()) {
        Ok(written) if written == completed(&document, &written) => None,
        Ok(written) => Some(format!("becomes {written}")),
        Err(error) => Some(error.to_string()),
    }
}
