//! Answers: each decodes without a member of another shape than expected.

use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde_json::Value;
use whatsapp_cloud::graph::{
    Endpoint, access, account, analytics, app, automation, block, business, call, commerce,
    compliance, encryption, flow, group, history, media, messages, phone_number, preverified,
    profile, qr_code, registration, settings, solution, subscription, template, upload, user,
};

use crate::files::{self, File};

/// What an endpoint makes of an answer, as it shows itself.
pub(crate) type Decode = fn(&[u8]) -> Result<String, serde_json::Error>;

pub(crate) fn decode<E: Endpoint>(body: &[u8]) -> Result<String, serde_json::Error>
where
    E::Response: DeserializeOwned + Debug,
{
    serde_json::from_slice::<E::Response>(body).map(|answer| format!("{answer:?}"))
}

/// What is wrong with how an answer is read, if anything is.
pub(crate) fn fault(decode: Decode, body: &Value) -> Option<String> {
    match decode(&serde_json::to_vec(body).unwrap()) {
        Ok(shown) if shown.contains(": odd") => Some(shown),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
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
    ("sendencryptedmessage", decode::<messages::SendEncrypted>),
    ("sendmessage__200-send-typing", decode::<messages::MarkRead>),
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
    "meta-openapi/responses/updatephonenumberstatus__200-message-sent.json",
    // What the matching `GET` answers.
    "meta-postman/responses/update-business-profile-response1-200.json",
];

/// Tokens have no example of their own in the corpus.
#[test]
fn a_granted_token_shows_itself_to_nobody() {
    let body = br#"{"access_token":"EAAB","token_type":"bearer","expires_in":5183944}"#;
    let token: access::GrantedToken = serde_json::from_slice(body).unwrap();
    let shown = format!("{token:?}");
    assert!(
        !shown.contains("EAAB") && shown.contains("5183944"),
        "{shown}"
    );
    let group =
        decode::<group::DeleteGroup>(br#"{"messaging_product":"whatsapp","success":"true"}"#);
    assert!(group.is_ok());
}

pub(crate) fn reads(file: &File) -> bool {
    file.folder() == "responses" && !file.has("error")
}

/// The endpoint of an answer that stands among Meta's examples, by its name.
fn endpoint(file: &File) -> Option<Decode> {
    if !matches!(file.source(), "meta-openapi" | "meta-postman") {
        return None;
    }
    let title = file.title();
    let found = ANSWERS.iter().find(|(start, _)| title.starts_with(start));
    found.map(|(_, decode)| *decode)
}

#[test]
fn every_answer_of_metas_examples_decodes_and_nothing_of_it_is_odd() {
    let mut decoded = 0;
    let mut faults = Vec::new();
    for file in files::all().into_iter().filter(reads) {
        if MISPLACED.contains(&file.name.as_str()) {
            continue;
        }
        if let Some(decode) = endpoint(&file) {
            decoded += 1;
            faults
                .extend(fault(decode, &file.value).map(|fault| format!("{}: {fault}", file.name)));
        } else if !file.has("messages") {
            faults.push(format!("{}: which endpoint?", file.name));
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

#[test]
fn every_answer_to_a_message_names_it() {
    let message = messages::SendMessage::raw("1", "{}").unwrap();
    for file in files::all().into_iter().filter(reads) {
        if endpoint(&file).is_some() || !file.has("messages") {
            continue;
        }
        let sent = message.decode(&file.bytes).unwrap();
        let told = &file.value;
        assert_eq!(
            told["messages"][0]["id"],
            sent.wamid.as_str(),
            "{}",
            file.name
        );
        let status = told["messages"][0]["message_status"].as_str();
        assert_eq!(status, sent.message_status.as_deref(), "{}", file.name);
        let contacts = told["contacts"].as_array().map_or(0, Vec::len);
        assert_eq!(contacts, sent.contacts.len(), "{}", file.name);
    }
}
