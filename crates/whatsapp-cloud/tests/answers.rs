//! Meta's own examples of answers and errors, where the corpus is at hand (`WAYPOST_CORPUS`, or beside the workspace): every
//! answer decodes without a member of another shape than expected, every error has the right class.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop, and says what it skipped"
)]

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use whatsapp_cloud::graph::{
    Endpoint, access, account, analytics, app, automation, block, business, call, commerce,
    compliance, encryption, flow, group, history, media, phone_number, preverified, profile,
    qr_code, registration, settings, solution, subscription, template, upload, user,
};
use whatsapp_cloud::{ApiError, ErrorClass};

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let root = std::env::var_os("WAYPOST_CORPUS").map_or(beside, PathBuf::from);
    root.is_dir().then_some(root)
}

/// Files of all folders of this name, and what they hold.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let Some(root) = corpus() else {
        eprintln!("skipped: no corpus here; WAYPOST_CORPUS names its folder");
        return Vec::new();
    };
    let mut found = Vec::new();
    for source in std::fs::read_dir(root).unwrap() {
        let source = source.unwrap();
        let Ok(files) = std::fs::read_dir(source.path().join(folder)) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            let name = format!(
                "{}/{}",
                source.file_name().to_string_lossy(),
                path.file_name().unwrap().to_string_lossy()
            );
            found.push((name, std::fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}

type Decode = fn(&[u8]) -> Result<String, serde_json::Error>;

fn decode<E: Endpoint>(body: &[u8]) -> Result<String, serde_json::Error>
where
    E::Response: DeserializeOwned + Debug,
{
    serde_json::from_slice::<E::Response>(body).map(|answer| format!("{answer:?}"))
}

/// What the examples of Meta's description and of its collection answer, by the beginning of their names.
const ANSWERS: &[(&str, Decode)] = &[
    (
        "acceptwhatsappbusinesssolution__",
        decode::<solution::AcceptSolution>,
    ),
    (
        "acceptwhatsappbusinesssolutiond",
        decode::<solution::AcceptSolutionDeactivation>,
    ),
    ("addassigneduser", decode::<account::AssignUser>),
    ("addphonenumbers", decode::<business::AddPhoneNumber>),
    ("blockusers", decode::<block::BlockUsers>),
    ("checkcallpermissions", decode::<call::GetCallPermissions>),
    (
        "configureconversationalautomation",
        decode::<automation::SetConversationalAutomation>,
    ),
    ("create-qr-code", decode::<qr_code::CreateQrCode>),
    ("create-", decode::<template::CreateTemplate>),
    (
        "createauthenticationtemplate",
        decode::<template::CreateTemplate>,
    ),
    ("createflow", decode::<flow::CreateFlow>),
    (
        "createobomobilityintent",
        decode::<solution::CreateMobilityIntent>,
    ),
    ("createorupdateqrcode", decode::<qr_code::CreateQrCode>),
    (
        "createwhatsappbusinessaccountphonenumber",
        decode::<phone_number::CreatePhoneNumber>,
    ),
    (
        "createwhatsappbusinessaccountschedule",
        decode::<account::CreateSchedule>,
    ),
    (
        "createwhatsappbusinesssolution",
        decode::<solution::CreateSolution>,
    ),
    ("deleteflow", decode::<flow::DeleteFlow>),
    ("deleteindividualqrcode", decode::<qr_code::DeleteQrCode>),
    ("deletemedia", decode::<media::DeleteMedia>),
    ("deletetemplatebyname", decode::<template::DeleteTemplate>),
    ("deprecateflow", decode::<flow::DeprecateFlow>),
    ("deregisterphonenumber", decode::<registration::Deregister>),
    ("edittemplate", decode::<template::EditTemplate>),
    ("get-all-qr-codes", decode::<qr_code::ListQrCodes>),
    (
        "get-all-subscriptions",
        decode::<subscription::ListSubscribedApps>,
    ),
    ("get-analytics", decode::<analytics::GetAnalytics>),
    ("get-business-profile", decode::<profile::GetProfile>),
    (
        "get-display-name-status",
        decode::<phone_number::GetAccountNumber>,
    ),
    (
        "get-encryption-public-key",
        decode::<encryption::GetBusinessEncryption>,
    ),
    ("get-india-based", decode::<compliance::GetComplianceInfo>),
    ("get-namespace", decode::<account::GetAccount>),
    (
        "get-phone-number-by-id",
        decode::<phone_number::GetAccountNumber>,
    ),
    (
        "get-phone-number-id",
        decode::<phone_number::GetAccountNumber>,
    ),
    ("get-qr-code", decode::<qr_code::GetQrCode>),
    ("get-shared-wabas", decode::<business::ListClientAccounts>),
    ("get-template-by-name", decode::<template::ListTemplates>),
    (
        "get-waba-phone-numbers",
        decode::<phone_number::ListPhoneNumbers>,
    ),
    ("get-waba", decode::<account::GetAccount>),
    (
        "getallsubscriptionsforawaba",
        decode::<subscription::ListSubscribedApps>,
    ),
    (
        "getapplicationwhatsappbusinesssolutions",
        decode::<solution::ListAppSolutions>,
    ),
    ("getassignedusers", decode::<account::ListAssignedUsers>),
    (
        "getassignedwhatsappbusinessaccounts",
        decode::<user::ListAssignedAccounts>,
    ),
    ("getblockedusers", decode::<block::ListBlockedUsers>),
    (
        "getbusinesscomplianceinfo",
        decode::<compliance::GetComplianceInfo>,
    ),
    (
        "getbusinessencryptionpublickey",
        decode::<encryption::GetBusinessEncryption>,
    ),
    (
        "getbusinessportfoliospecificfields",
        decode::<business::GetBusiness>,
    ),
    (
        "getclientwhatsappbusinessaccounts",
        decode::<business::ListClientAccounts>,
    ),
    (
        "getcommercesettings",
        decode::<commerce::GetCommerceSettings>,
    ),
    (
        "getconnectedclientbusinesses",
        decode::<app::ListConnectedBusinesses>,
    ),
    ("getcreditlines", decode::<business::ListCreditLines>),
    ("getflow", decode::<flow::GetFlow>),
    ("getindividualqrcode", decode::<qr_code::GetQrCode>),
    (
        "getinprogressonbehalfrequests",
        decode::<solution::ListOnBehalfRequests>,
    ),
    ("getmessagehistory__", decode::<history::ListMessageHistory>),
    (
        "getmessagehistoryevents",
        decode::<history::ListMessageEvents>,
    ),
    (
        "getmigrationintentdetails",
        decode::<solution::GetMigrationIntent>,
    ),
    (
        "getobomobilityintent",
        decode::<solution::GetMobilityIntent>,
    ),
    (
        "getofficialbusinessaccountstatus",
        decode::<compliance::GetOfficialBusinessAccount>,
    ),
    (
        "getownedwhatsappbusinessaccounts",
        decode::<business::ListOwnedAccounts>,
    ),
    (
        "getphonenumberbyid",
        decode::<phone_number::GetAccountNumber>,
    ),
    ("getphonenumbersettings", decode::<settings::GetSettings>),
    (
        "getpreverifiedphonenumberdetails",
        decode::<preverified::GetPreverifiedNumber>,
    ),
    (
        "getpreverifiedphonenumberpartners",
        decode::<preverified::ListPreverifiedPartners>,
    ),
    (
        "getpreverifiedphonenumbers",
        decode::<preverified::ListPreverifiedNumbers>,
    ),
    (
        "getsolutionaccesstoken",
        decode::<solution::GetSolutionToken>,
    ),
    ("getsolutiondetails", decode::<solution::GetSolution>),
    ("gettemplatebyid", decode::<template::GetTemplate>),
    ("gettemplatebyname", decode::<template::ListTemplates>),
    (
        "getwhatsappaccountnumberdetails",
        decode::<phone_number::GetAccountNumber>,
    ),
    (
        "getwhatsappbusinessaccountactivities",
        decode::<account::ListActivities>,
    ),
    (
        "getwhatsappbusinessaccountdetails",
        decode::<account::GetAccount>,
    ),
    (
        "getwhatsappbusinessaccountphonenumbers",
        decode::<phone_number::ListPhoneNumbers>,
    ),
    (
        "getwhatsappbusinessaccountschedules",
        decode::<account::ListSchedules>,
    ),
    (
        "getwhatsappbusinessbotdetails",
        decode::<automation::GetBot>,
    ),
    (
        "getwhatsappbusinessprofile__",
        decode::<profile::GetProfile>,
    ),
    (
        "getwhatsappbusinessprofiledetails",
        decode::<profile::GetProfileById>,
    ),
    (
        "graphwhatsapp",
        decode::<compliance::RequestOfficialBusinessAccount>,
    ),
    ("listallqrcodes", decode::<qr_code::ListQrCodes>),
    ("listassetsgetflowjsonurl", decode::<flow::ListFlowAssets>),
    ("listflows", decode::<flow::ListFlows>),
    ("listwabasolutions", decode::<solution::ListSolutions>),
    ("managecalls", decode::<call::ManageCall>),
    ("migrate-account", decode::<registration::Register>),
    ("migrateflows", decode::<flow::MigrateFlows>),
    (
        "onboardpartnerstommlite",
        decode::<business::OnboardPartnersToMarketingMessages>,
    ),
    ("override-callback-url", decode::<subscription::Subscribe>),
    ("publishflow", decode::<flow::PublishFlow>),
    ("registerwhatsapp", decode::<registration::Register>),
    (
        "rejectsolutiondeactivation",
        decode::<solution::RejectSolutionDeactivation>,
    ),
    ("rejectsolutionrequest", decode::<solution::RejectSolution>),
    ("removeassigneduser", decode::<account::RemoveUser>),
    (
        "requestpreverified",
        decode::<preverified::RequestPreverifiedCode>,
    ),
    (
        "requestverificationcode",
        decode::<registration::RequestCode>,
    ),
    ("resumable-upload-create", decode::<upload::StartUpload>),
    ("resumable-upload-query", decode::<upload::GetUpload>),
    ("resumable-upload-upload", decode::<upload::UploadBytes>),
    ("retrievemediaurl", decode::<media::GetMedia>),
    (
        "sendsolutiondeactivationrequest",
        decode::<solution::RequestSolutionDeactivation>,
    ),
    (
        "setbusinessencryptionpublickey",
        decode::<encryption::SetBusinessEncryption>,
    ),
    (
        "setobomobilityintent",
        decode::<solution::SetMobilityIntent>,
    ),
    (
        "setorupdatecommercesettings",
        decode::<commerce::SetCommerceSettings>,
    ),
    (
        "setsolutionmigrationintent",
        decode::<solution::SetSolutionMigrationIntent>,
    ),
    (
        "sharepreverifiedphonenumber",
        decode::<preverified::SharePreverifiedNumber>,
    ),
    ("subscribetowabawebhooks", decode::<subscription::Subscribe>),
    ("unblockusers", decode::<block::UnblockUsers>),
    (
        "unsubscribefromwabawebhooks",
        decode::<subscription::Unsubscribe>,
    ),
    ("update-business-profile", decode::<profile::UpdateProfile>),
    ("update-message-qr-code", decode::<qr_code::UpdateQrCode>),
    (
        "updatebusinesscomplianceinfo",
        decode::<compliance::SetComplianceInfo>,
    ),
    ("updateflowjson", decode::<flow::UpdateFlowJson>),
    ("updateflowmetadata", decode::<flow::UpdateFlow>),
    (
        "updatephonenumbersettings",
        decode::<settings::UpdateSettings>,
    ),
    (
        "updatephonenumberstatus",
        decode::<phone_number::UpdatePhoneNumber>,
    ),
    (
        "updatewhatsappbusinessaccount",
        decode::<account::UpdateAccount>,
    ),
    (
        "updatewhatsappbusinessprofile",
        decode::<profile::UpdateProfile>,
    ),
    ("uploadimage", decode::<media::UploadMedia>),
    ("verifyphonenumbercode", decode::<registration::VerifyCode>),
    (
        "verifypreverified",
        decode::<preverified::VerifyPreverifiedCode>,
    ),
];

/// Examples that answer another call than the one they stand with.
const MISPLACED: [&str; 2] = [
    // A message's answer.
    "meta-openapi/updatephonenumberstatus__200-message-sent.json",
    // What the matching `GET` answers.
    "meta-postman/update-business-profile-response1-200.json",
];

/// Tokens have no example of their own in the corpus.
#[test]
fn a_granted_token_shows_itself_to_nobody() {
    let body = br#"{"access_token":"EAAB","token_type":"bearer","expires_in":5183944}"#;
    let shown = decode::<access::GetAppToken>(body).unwrap();
    assert!(
        !shown.contains("EAAB") && shown.contains("5183944"),
        "{shown}"
    );
    let group =
        decode::<group::DeleteGroup>(br#"{"messaging_product":"whatsapp","success":"true"}"#);
    assert!(group.is_ok());
}

#[test]
fn every_answer_of_metas_examples_decodes_and_nothing_of_it_is_odd() {
    let mut decoded = 0;
    let mut faults = Vec::new();
    for (name, body) in files("responses") {
        let (source, file) = name.split_once('/').unwrap();
        let value: Value = serde_json::from_slice(&body).unwrap();
        let is_metas = matches!(source, "meta-openapi" | "meta-postman");
        if !is_metas || value.get("error").is_some() || MISPLACED.contains(&name.as_str()) {
            continue;
        }
        let Some((_, decode)) = ANSWERS.iter().find(|(start, _)| file.starts_with(start)) else {
            // Messages have their own tests.
            if !file.starts_with("send") {
                faults.push(format!("{name}: which endpoint?"));
            }
            continue;
        };
        decoded += 1;
        match decode(&body) {
            Ok(shown) if shown.contains(": odd") => faults.push(format!("{name}: {shown}")),
            Ok(_) => {}
            Err(error) => faults.push(format!("{name}: {error}")),
        }
    }
    eprintln!("{decoded} answers");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The classes of the codes in the corpus, by Meta's own list of codes.
const CLASSES: &[(ErrorClass, &[i64])] = &[
    (ErrorClass::Auth, &[104, 190]),
    (ErrorClass::Permission, &[10, 200, 131_005]),
    (ErrorClass::Throttled, &[4, 17, 613, 80_007, 130_429]),
    (ErrorClass::Transient, &[1, 2]),
    (ErrorClass::Invalid, &[100, 803, 136_024, 136_025]),
    (ErrorClass::WindowClosed, &[131_047]),
    (ErrorClass::Media, &[131_052]),
    (ErrorClass::Account, &[134_011]),
    // An HTTP status instead of a code, as an emulator and one of Meta's examples have it.
    (ErrorClass::Unknown, &[400, 403, 404, 500]),
];

#[test]
fn every_error_of_the_corpus_decodes_with_the_right_class() {
    let mut seen = 0;
    for (name, body) in files("responses").into_iter().chain(files("errors")) {
        let value: Value = serde_json::from_slice(&body).unwrap();
        let Some(told) = value.get("error").filter(|error| error.is_object()) else {
            continue;
        };
        seen += 1;
        let error = ApiError::from_response(StatusCode::BAD_REQUEST, &HeaderMap::new(), &body);
        assert_eq!(error.message.as_deref(), told["message"].as_str(), "{name}");
        assert_eq!(error.to_json(), *told, "{name}");
        let Some(code) = told["code"].as_i64() else {
            assert_eq!(error.class, ErrorClass::Invalid, "{name}");
            continue;
        };
        let expected = CLASSES.iter().find(|(_, codes)| codes.contains(&code));
        let (expected, _) =
            expected.unwrap_or_else(|| panic!("{name}: code {code} has no class here"));
        assert_eq!(error.class, *expected, "{name}: {code}");
    }
    eprintln!("{seen} errors");
    assert!(seen > 500 || corpus().is_none(), "{seen}");
}
