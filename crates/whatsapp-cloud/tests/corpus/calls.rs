//! Bodies of calls other than messages: what is valid by Meta's rules is read into the call and written again as the same
//! JSON.

use serde_json::Value;
use whatsapp_cloud::graph::{
    Endpoint, account, automation, block, business, call, compliance, encryption, messages,
    phone_number, preverified, profile, qr_code, registration, settings, solution, subscription,
};

use crate::files::{self, File};

/// What a call makes of a body: the body written again.
pub(crate) type Read = fn(&[u8]) -> Result<Value, serde_json::Error>;

/// The body of a call. Those without members have none.
pub(crate) fn written(call: &impl Endpoint) -> Result<Value, serde_json::Error> {
    call.body().map_or(Ok(serde_json::json!({})), |body| {
        serde_json::from_slice(&body)
    })
}

/// A reader of a call's bodies; the call's path begins with one id.
macro_rules! read {
    ($call:ty $(, $more:literal)*) => {
        |body| $crate::calls::written(&<$call>::from_body("1", $($more,)* body)?)
    };
}
pub(crate) use read;

/// Which calls the bodies of Meta's examples belong to, by the beginnings of their names.
const CALLS: &[(&str, Read)] = &[
    (
        "acceptwhatsappbusinesssolution__",
        read!(solution::AcceptSolution),
    ),
    ("addassigneduser", read!(account::AssignUser)),
    ("addphonenumbers", read!(business::AddPhoneNumber)),
    ("block-user", read!(block::BlockUsers)),
    ("blockusers", read!(block::BlockUsers)),
    ("calling-", read!(call::ManageCall)),
    ("business-scoped-user-ids__", read!(call::ManageCall)),
    (
        "configureconversationalautomation",
        read!(automation::SetConversationalAutomation),
    ),
    ("create-qr-code", read!(qr_code::CreateQrCode)),
    (
        "createobomobilityintent",
        read!(solution::CreateMobilityIntent),
    ),
    ("createorupdateqrcode__update", read!(qr_code::UpdateQrCode)),
    ("createorupdateqrcode", read!(qr_code::CreateQrCode)),
    (
        "createwhatsappbusinessaccountphonenumber",
        read!(phone_number::CreatePhoneNumber),
    ),
    (
        "createwhatsappbusinessaccountschedule",
        read!(account::CreateSchedule),
    ),
    (
        "createwhatsappbusinesssolution",
        read!(solution::CreateSolution),
    ),
    (
        "graphwhatsappbusinessaccounttonumber",
        read!(compliance::RequestOfficialBusinessAccount),
    ),
    ("managecalls", read!(call::ManageCall)),
    ("migrate-account", read!(registration::Register)),
    ("override-callback-url", read!(subscription::Subscribe)),
    ("register", read!(registration::Register)),
    (
        "rejectsolutiondeactivation",
        read!(solution::RejectSolutionDeactivation),
    ),
    ("rejectsolutionrequest", read!(solution::RejectSolution)),
    ("removeassigneduser", read!(account::RemoveUser)),
    (
        "request-verification-code",
        read!(registration::RequestCode),
    ),
    (
        "requestpreverified",
        read!(preverified::RequestPreverifiedCode),
    ),
    ("requestverificationcode", read!(registration::RequestCode)),
    ("sendencryptedmessage", encrypted),
    (
        "sendsolutiondeactivation",
        read!(solution::RequestSolutionDeactivation),
    ),
    ("set-two-step", read!(phone_number::UpdatePhoneNumber)),
    (
        "setbusinessencryption",
        read!(encryption::SetBusinessEncryption),
    ),
    ("setobomobilityintent", read!(solution::SetMobilityIntent)),
    (
        "setsolutionmigrationintent",
        read!(solution::SetSolutionMigrationIntent),
    ),
    (
        "sharepreverified",
        read!(preverified::SharePreverifiedNumber),
    ),
    ("subscribetowabawebhooks", read!(subscription::Subscribe)),
    ("tests-calls-", read!(call::ManageCall)),
    ("unblockusers", read!(block::UnblockUsers)),
    ("update-business-profile", read!(profile::UpdateProfile)),
    ("update-message-qr-code", read!(qr_code::UpdateQrCode)),
    (
        "updatebusinesscompliance",
        read!(compliance::SetComplianceInfo),
    ),
    ("updatephonenumbersettings", read!(settings::UpdateSettings)),
    (
        "updatephonenumberstatus",
        read!(phone_number::UpdatePhoneNumber),
    ),
    (
        "updatewhatsappbusinessaccount",
        read!(account::UpdateAccount),
    ),
    (
        "updatewhatsappbusinessprofile__",
        read!(profile::UpdateProfile),
    ),
    (
        "updatewhatsappbusinessprofileinformation",
        read!(profile::UpdateProfileById),
    ),
    ("verify-code", read!(registration::VerifyCode)),
    ("verifyphonenumbercode", read!(registration::VerifyCode)),
    (
        "verifypreverified",
        read!(preverified::VerifyPreverifiedCode),
    ),
];

fn encrypted(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body: Value = serde_json::from_slice(body)?;
    let contents = body["encrypted_contents"].as_str().unwrap_or_default();
    written(&messages::SendEncrypted {
        phone_number_id: "1".to_owned(),
        encrypted_contents: contents.to_owned(),
    })
}

/// Bodies that Meta would refuse, by the reason.
const INVALID: &[(&str, &[&str])] = &[
    (
        "a call without an action: so it was in an earlier trial of calls",
        &[
            "meta-docs-2025-12/requests-messages/calling-reference__3.json",
            "meta-docs-2025-12/requests-messages/calling-reference__6.json",
        ],
    ),
    (
        "a code's language is its `language`",
        &["meta-postman/requests-other/request-verification-code-request.json"],
    ),
];

/// Files go as `multipart/form-data`; what stands here are the arguments of a command that sends them.
const FORMS: [&str; 2] = ["uploadimage", "upload-audio"];

pub(crate) fn reads(file: &File) -> bool {
    file.folder().starts_with("requests")
        && !crate::messages::reads(file)
        && !crate::messages::reads_receipt(file)
        && !file.has("components")
        && !is_form(file)
}

/// Named by [`crate::pages`] as none of ours.
pub(crate) fn is_form(file: &File) -> bool {
    FORMS.iter().any(|start| file.title().starts_with(start))
}

/// The same body, with what every body of the call has: some examples leave it out.
pub(crate) fn completed(body: &Value, written: &Value) -> Value {
    let mut body = body.clone();
    if let (Some(body), Some("whatsapp")) =
        (body.as_object_mut(), written["messaging_product"].as_str())
    {
        body.entry("messaging_product")
            .or_insert_with(|| "whatsapp".into());
    }
    body
}

#[test]
fn every_valid_body_of_a_call_is_read_and_written_the_same() {
    let mut invalid: Vec<_> = INVALID.iter().flat_map(|(_, names)| *names).collect();
    let mut faults = Vec::new();
    let mut seen = 0;
    for file in files::all().into_iter().filter(reads) {
        let name = &file.name;
        let Some((_, read)) = CALLS
            .iter()
            .find(|(start, _)| file.title().starts_with(start))
        else {
            faults.push(format!("{name}: which call?"));
            continue;
        };
        seen += 1;
        let is_invalid = invalid.iter().position(|listed| *listed == name);
        let is_invalid = is_invalid.map(|place| invalid.swap_remove(place)).is_some();
        let fault = match read(&file.bytes) {
            Ok(written) if written == completed(&file.value, &written) => None,
            Ok(written) => Some(format!("{name}: becomes {written}")),
            Err(error) => Some(format!("{name}: {error}")),
        };
        match (is_invalid, fault) {
            (true, None) => faults.push(format!("{name} is listed as invalid and is read")),
            (false, Some(fault)) => faults.push(fault),
            _ => {}
        }
    }
    eprintln!("{seen} bodies");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(
        invalid.is_empty() || !files::is_here(),
        "not there: {invalid:?}"
    );
}
