//! One call of every endpoint, with most of what it can say. The simulator's tests make the same calls, in their own `Log`.

use bytes::Bytes;
use serde_json::json;
use whatsapp_cloud::graph::messages::{
    MarkRead, ProductPolicy, SendEncrypted, SendMarketing, SendMessage,
};
use whatsapp_cloud::graph::{
    access, account, analytics, app, automation, block, business, call, commerce, compliance,
    encryption, flow, group, history, identity, media, phone_number, preverified, profile, qr_code,
    registration, settings, signup, solution, subscription, template, template_group, upload, user,
};
use whatsapp_cloud::id::TemplateId;
use whatsapp_cloud::message::{Message, Template};
use whatsapp_cloud::secret::{AccessToken, AppSecret, VerifyToken};
use whatsapp_cloud::template::definition::{Button, Category, Component, Definition};

use crate::Log;

#[path = "messages.rs"]
mod examples;

const NUMBER: &str = "100";
const ACCOUNT: &str = "200";
const BUSINESS: &str = "300";
const APP: &str = "400";

pub(crate) async fn all(log: &mut Log) {
    messages(log).await;
    numbers(log).await;
    people(log).await;
    files(log).await;
    templates(log).await;
    accounts(log).await;
    partners(log).await;
    flows(log).await;
    calls_and_groups(log).await;
    figures(log).await;
}

async fn messages(log: &mut Log) {
    for (message, _) in examples::every_message() {
        log.call(SendMessage::new(NUMBER, &message).unwrap()).await;
    }
    let order = Message::new("491701234567", Template::named("spring_sale", "de"));
    log.call(
        SendMarketing::new(NUMBER, &order)
            .unwrap()
            .product_policy(ProductPolicy::CloudApiFallback)
            .message_activity_sharing(true),
    )
    .await;
    let (phone_number_id, wamid) = (NUMBER.to_owned(), "wamid.A".to_owned());
    log.call(MarkRead {
        phone_number_id: phone_number_id.clone(),
        wamid,
        typing: true,
    })
    .await;
    log.call(SendEncrypted {
        phone_number_id,
        encrypted_contents: log.encrypted.clone(),
    })
    .await;
}

async fn numbers(log: &mut Log) {
    use automation::{Command, GetBot, GetConversationalAutomation, SetConversationalAutomation};
    use registration::{Deregister, Register, RequestCode, SyncAppData, VerifyCode};

    log.call(phone_number::GetPhoneNumber::new(NUMBER).fields("id,throughput,health_status"))
        .await;
    log.call(
        phone_number::CreatePhoneNumber::new(ACCOUNT, "49", "1701234567", "A Shop")
            .migrate_phone_number(true),
    )
    .await;
    log.call(
        phone_number::ListPhoneNumbers::new(ACCOUNT)
            .sort("creation_time.asc")
            .limit(20_u32),
    )
    .await;
    log.call(
        phone_number::UpdatePhoneNumber::new(NUMBER)
            .pin("123456")
            .new_display_name("A Better Shop")
            .search_visibility("HIDDEN")
            .webhook_configuration(phone_number::CallbackOverride {
                override_callback_uri: log.hook.clone(),
                verify_token: Some("verify".to_owned()),
            }),
    )
    .await;
    log.call(phone_number::GetAccountNumber::new("101")).await;
    log.call(RequestCode::new(NUMBER, "SMS", "en_US")).await;
    log.call(VerifyCode::new(NUMBER, "123456")).await;
    log.call(Register::new(NUMBER, "123456").data_localization_region("DE"))
        .await;
    log.call(Deregister::new(NUMBER)).await;
    log.call(SyncAppData::new(NUMBER, "history")).await;
    log.call(settings::GetSettings::new(NUMBER).include_sip_credentials(true))
        .await;
    log.call(settings::UpdateSettings::new(NUMBER).calling(json!({"status": "ENABLED"})))
        .await;
    log.call(profile::GetProfile::new(NUMBER).fields("about,email"))
        .await;
    log.call(
        profile::UpdateProfile::new(NUMBER)
            .about("We are here")
            .websites(["https://example.org".to_owned()]),
    )
    .await;
    log.call(profile::GetProfileById::new("102")).await;
    log.call(profile::UpdateProfileById::new("102").vertical("RETAIL"))
        .await;
    log.call(commerce::GetCommerceSettings::new(NUMBER)).await;
    log.call(
        commerce::SetCommerceSettings::new(NUMBER)
            .is_cart_enabled(false)
            .is_catalog_visible(true),
    )
    .await;
    let command = Command {
        command_name: "hours".to_owned(),
        command_description: Some("When we are open".to_owned()),
    };
    log.call(
        SetConversationalAutomation::new(NUMBER)
            .prompts(["Where are you?".to_owned()])
            .commands([command]),
    )
    .await;
    log.call(GetConversationalAutomation::new(
        NUMBER,
        "conversational_automation",
    ))
    .await;
    log.call(GetBot::new("103")).await;
    log.call(encryption::GetBusinessEncryption::new(NUMBER))
        .await;
    log.call(encryption::SetBusinessEncryption::new(
        NUMBER,
        "-----BEGIN PUBLIC KEY-----\n…",
    ))
    .await;
    log.call(compliance::GetOfficialBusinessAccount::new(NUMBER))
        .await;
    log.call(compliance::RequestOfficialBusinessAccount::new(NUMBER).action("SUBMIT_APPLICATION"))
        .await;
    log.call(compliance::GetComplianceInfo::new(NUMBER)).await;
    let officer = compliance::Officer {
        name: Some("A. Person".to_owned()),
        email: Some("a@example.org".to_owned()),
        ..compliance::Officer::default()
    };
    log.call(compliance::SetComplianceInfo::new(
        NUMBER,
        "A Shop",
        "PARTNERSHIP",
        officer.clone(),
        officer,
    ))
    .await;
    log.call(history::ListMessageHistory::new(NUMBER).message_id("wamid.A"))
        .await;
    log.call(history::ListMessageEvents::new("104").status_filter("DELIVERED"))
        .await;
}

async fn people(log: &mut Log) {
    use block::BlockUser;

    log.call(block::BlockUsers::new(
        NUMBER,
        [BlockUser::User("491701234567".into())],
    ))
    .await;
    log.call(block::UnblockUsers::new(
        NUMBER,
        [BlockUser::UserId("DE.abc".into())],
    ))
    .await;
    log.call(block::ListBlockedUsers::new(NUMBER).limit(5_u32))
        .await;
    log.call(qr_code::CreateQrCode::new(NUMBER, "I would like to know …").generate_qr_image("SVG"))
        .await;
    log.call(qr_code::UpdateQrCode::new(
        NUMBER,
        "CODE",
        "I would rather know …",
    ))
    .await;
    log.call(qr_code::GetQrCode::new(NUMBER, "CODE")).await;
    log.call(qr_code::ListQrCodes::new(NUMBER).fields("code,prefilled_message"))
        .await;
    log.call(qr_code::DeleteQrCode::new(NUMBER, "CODE")).await;
    log.call(identity::GetUsername::new(NUMBER)).await;
    log.call(identity::SetUsername::new(NUMBER, "a.shop").transfer_action("force_transfer"))
        .await;
    log.call(identity::DeleteUsername::new(NUMBER)).await;
    log.call(identity::ListUsernameSuggestions::new(NUMBER))
        .await;
    log.call(identity::DeleteContact::new(NUMBER, "whatsapp", "DE.abc"))
        .await;
    log.call(
        signup::CreateSignup::new(ACCOUNT, "Hear of our sales", "https://example.org/privacy")
            .promo_code("TEN"),
    )
    .await;
    log.call(signup::GetSignup::new("500")).await;
    log.call(signup::UpdateSignup::new("500").status("PAUSED"))
        .await;
    log.call(signup::ListSignups::new(ACCOUNT)).await;
}

async fn files(log: &mut Log) {
    let file = Bytes::from_static(b"the bytes of a file");
    let mut media = media::UploadMedia::new(NUMBER, "text/plain", "a.txt", file.clone());
    media.ttl_minutes = Some(30);
    log.call(media).await;
    log.call(media::GetMedia::new("600").phone_number_id(NUMBER))
        .await;
    log.call(media::DeleteMedia::new("600")).await;
    log.call(upload::StartUpload::new(
        APP,
        "a.pdf",
        19_u64,
        "application/pdf",
    ))
    .await;
    let session = upload::UploadSession::of("upload:ABC=?sig=D-E_F");
    log.call(upload::GetUpload {
        session: session.clone(),
    })
    .await;
    log.call(upload::UploadBytes {
        session,
        file_offset: 4,
        file: file.slice(4..),
    })
    .await;
}

async fn templates(log: &mut Log) {
    let components = vec![
        Component::header_text("Your order"),
        Component::body_with_examples("Order {{1}} has left.", ["A-1"]),
        Component::buttons([Button::quick_reply("Thanks")]),
    ];
    let definition = Definition::new("order_sent", "en", Category::Utility, components.clone());
    log.call(template::CreateTemplate::new(ACCOUNT, definition))
        .await;
    log.call(template::GetTemplate::new("700").fields("status,quality_score"))
        .await;
    log.call(template::EditTemplate::new("700").components(components.clone()))
        .await;
    log.call(template::DeleteTemplate::new(ACCOUNT, "order_sent").hsm_id("700"))
        .await;
    log.call(template::DeleteTemplates::new(
        ACCOUNT,
        [TemplateId::from("700"), "701".into()],
    ))
    .await;
    log.call(template::UnpauseTemplate::new("700")).await;
    log.call(template::CompareTemplates::new(
        "700",
        [TemplateId::from("701")],
        1_700_000_000,
        1_700_604_800,
    ))
    .await;
    let upserted = template::UpsertedTemplates {
        name: "code".to_owned(),
        languages: vec!["en".to_owned(), "de".to_owned()],
        category: Some(Category::Authentication),
        components,
        ..template::UpsertedTemplates::default()
    };
    log.call(template::UpsertTemplates::new(ACCOUNT, upserted))
        .await;
    log.call(template::MigrateTemplates::new(ACCOUNT, "201").page_number(0_u32))
        .await;
    log.call(
        template::ListTemplates::new(ACCOUNT)
            .status(["APPROVED".to_owned()])
            .summary("total_count")
            .after("MQ=="),
    )
    .await;
    log.call(
        template::ListLibraryTemplates::new()
            .search("order")
            .language("en_US"),
    )
    .await;
    log.call(
        template::PreviewTemplates::new(ACCOUNT, Category::Authentication)
            .languages(["en_US".to_owned()]),
    )
    .await;
    for undo in [false, true] {
        log.call(template::ArchiveTemplates {
            business_account_id: ACCOUNT.into(),
            template_ids: vec!["700".into()],
            undo,
        })
        .await;
    }
    log.call(template_group::CreateTemplateGroup::new(
        ACCOUNT,
        "Orders",
        [TemplateId::from("700")],
    ))
    .await;
    log.call(template_group::GetTemplateGroup::new("750")).await;
    log.call(
        template_group::UpdateTemplateGroup::new("750").add_templates([TemplateId::from("701")]),
    )
    .await;
    log.call(template_group::DeleteTemplateGroup::new("750"))
        .await;
    log.call(template_group::ListTemplateGroups::new(ACCOUNT))
        .await;
}

async fn accounts(log: &mut Log) {
    log.call(account::GetAccount::new(ACCOUNT).fields("health_status"))
        .await;
    log.call(account::UpdateAccount::new(ACCOUNT).is_enabled_for_insights(true))
        .await;
    log.call(account::ListAssignedUsers::new(ACCOUNT, BUSINESS))
        .await;
    log.call(account::AssignUser::new(
        ACCOUNT,
        "800",
        ["MANAGE".to_owned(), "DEVELOP".to_owned()],
    ))
    .await;
    log.call(account::RemoveUser::new(ACCOUNT, "800")).await;
    log.call(account::ListActivities::new(ACCOUNT).since("2026-01-01"))
        .await;
    log.call(account::ListSchedules::new(ACCOUNT)).await;
    log.call(account::CreateSchedule::new(
        ACCOUNT,
        "Hours",
        "BUSINESS_HOURS",
        "2026-01-01T09:00:00Z",
    ))
    .await;
    log.call(subscription::Subscribe::new(ACCOUNT)).await;
    log.call(
        subscription::Subscribe::new(ACCOUNT)
            .override_callback_uri(log.hook.clone())
            .verify_token("verify"),
    )
    .await;
    log.call(subscription::Unsubscribe::new(ACCOUNT)).await;
    log.call(subscription::ListSubscribedApps::new(ACCOUNT))
        .await;
    log.call(business::GetBusiness::new(BUSINESS)).await;
    log.call(business::ListMyBusinesses::new("me")).await;
    log.call(business::ListOwnedAccounts::new(BUSINESS).fields("id,name"))
        .await;
    log.call(business::ListClientAccounts::new(BUSINESS)).await;
    log.call(business::ListCreditLines::new(BUSINESS)).await;
    log.call(business::ListParentIdAccounts::new(BUSINESS))
        .await;
    log.call(business::AddPhoneNumber::new(BUSINESS, "+49 170 1234567"))
        .await;
    log.call(business::OnboardPartnersToMarketingMessages::new(BUSINESS).solution_id("900"))
        .await;
    log.call(user::ListAssignedAccounts::new("me")).await;
    let fields = ["messages".to_owned(), "account_update".to_owned()];
    let token = VerifyToken::new("verify");
    log.call(
        app::SubscribeApp::new(
            APP,
            "whatsapp_business_account",
            log.hook.clone(),
            token,
            fields,
        )
        .include_values(true),
    )
    .await;
    log.call(app::ListAppSubscriptions::new(APP)).await;
    log.call(app::UnsubscribeApp::new(APP).object("whatsapp_business_account"))
        .await;
    log.call(app::ListConnectedBusinesses::new(APP)).await;
    log.call(access::DebugToken::new(AccessToken::new("OTHER TOKEN")))
        .await;
    let (client_id, client_secret) = (APP.into(), AppSecret::new("SECRET"));
    log.call(access::GetAppToken {
        client_id,
        client_secret,
    })
    .await;
    let (client_id, client_secret) = (APP.into(), AppSecret::new("SECRET"));
    let code = AccessToken::new("CODE");
    log.call(access::ExchangeCode {
        client_id,
        client_secret,
        code,
        redirect_uri: None,
    })
    .await;
    let (client_id, client_secret) = (APP.into(), AppSecret::new("SECRET"));
    let token = AccessToken::new("SHORT");
    log.call(access::ExtendToken {
        client_id,
        client_secret,
        token,
    })
    .await;
}

async fn partners(log: &mut Log) {
    use preverified::{
        DeletePreverifiedNumber, GetPreverifiedNumber, ListPreverifiedNumbers,
        ListPreverifiedPartners, RequestPreverifiedCode, SharePreverifiedNumber,
        VerifyPreverifiedCode,
    };

    log.call(ListPreverifiedNumbers::new(BUSINESS).verification_status("VERIFIED"))
        .await;
    log.call(GetPreverifiedNumber::new("910")).await;
    log.call(DeletePreverifiedNumber::new("910")).await;
    log.call(ListPreverifiedPartners::new("910")).await;
    log.call(RequestPreverifiedCode::new("910", "VOICE", "en_US"))
        .await;
    log.call(VerifyPreverifiedCode::new("910", "123456")).await;
    log.call(SharePreverifiedNumber::new(BUSINESS, "910", "301"))
        .await;
    let messaging = || ["MESSAGING".to_owned()];
    log.call(solution::CreateSolution::new(
        APP,
        "Together",
        "401",
        messaging(),
        messaging(),
    ))
    .await;
    log.call(solution::ListAppSolutions::new(APP).role("OWNER"))
        .await;
    log.call(solution::ListSolutions::new(ACCOUNT)).await;
    log.call(solution::ListOnBehalfRequests::new(ACCOUNT)).await;
    log.call(solution::GetSolution::new("900")).await;
    log.call(solution::GetSolutionToken::new("900", BUSINESS))
        .await;
    log.call(solution::AcceptSolution::new("900", "401")).await;
    log.call(solution::RejectSolution::new("900", "PARTNERSHIP_REQUEST").rejection_reason("No"))
        .await;
    log.call(solution::RequestSolutionDeactivation::new("900").reason("It is over"))
        .await;
    log.call(solution::AcceptSolutionDeactivation::new("900"))
        .await;
    log.call(solution::RejectSolutionDeactivation::new("900", true))
        .await;
    log.call(solution::SetSolutionMigrationIntent::new(ACCOUNT, "900"))
        .await;
    log.call(solution::GetMigrationIntent::new("920")).await;
    log.call(solution::CreateMobilityIntent::new(
        ACCOUNT,
        "900",
        "INITIATE_TRANSFER",
    ))
    .await;
    log.call(solution::SetMobilityIntent::new(ACCOUNT, ACCOUNT).solution_id("900"))
        .await;
    log.call(solution::GetMobilityIntent::new("930")).await;
}

async fn flows(log: &mut Log) {
    log.call(
        flow::CreateFlow::new(ACCOUNT, "Book", ["APPOINTMENT_BOOKING".to_owned()])
            .endpoint_uri("https://example.org/flow")
            .publish(false),
    )
    .await;
    log.call(flow::ListFlows::new(ACCOUNT)).await;
    log.call(flow::GetFlow::preview("1000", true)).await;
    log.call(flow::GetFlow::metric(
        "1000",
        "ENDPOINT_REQUEST_COUNT",
        "DAY",
        "2026-01-01",
        "2026-01-31",
    ))
    .await;
    log.call(flow::UpdateFlow::new("1000").name("Book a table"))
        .await;
    log.call(flow::ListFlowAssets::new("1000").fields("name,asset_type,download_url"))
        .await;
    log.call(flow::UpdateFlowJson {
        flow_id: "1000".into(),
        flow_json: r#"{"version":"7.3","screens":[]}"#.to_owned(),
    })
    .await;
    log.call(flow::PublishFlow::new("1000")).await;
    log.call(flow::DeprecateFlow::new("1000")).await;
    log.call(flow::DeleteFlow::new("1000")).await;
    log.call(flow::MigrateFlows::new(ACCOUNT, "201").source_flow_names(["Book".to_owned()]))
        .await;
}

async fn calls_and_groups(log: &mut Log) {
    use call::ManageCall;
    use group::Participant;

    log.call(ManageCall::connect(NUMBER, "491701234567", "v=0 …").biz_opaque_callback_data("mine"))
        .await;
    log.call(ManageCall::pre_accept(NUMBER, "wacid.A", "v=0 …"))
        .await;
    log.call(ManageCall::accept(NUMBER, "wacid.A", "v=0 …"))
        .await;
    log.call(ManageCall::reject(NUMBER, "wacid.A")).await;
    log.call(ManageCall::terminate(NUMBER, "wacid.A")).await;
    log.call(call::GetCallPermissions::new(NUMBER).recipient("DE.abc"))
        .await;
    log.call(group::CreateGroup::new(NUMBER, "Trip").join_approval_mode("auto_approve"))
        .await;
    log.call(group::ListGroups::new(NUMBER).limit(10_u32)).await;
    log.call(group::GetGroup::new("GROUP=").fields("subject,participants"))
        .await;
    let mut update = group::UpdateGroup {
        group_id: "GROUP=".into(),
        subject: Some("Trip to the sea".to_owned()),
        ..group::UpdateGroup::default()
    };
    log.call(update.clone()).await;
    update.picture = Some(Bytes::from_static(b"the bytes of a picture"));
    log.call(update).await;
    log.call(group::DeleteGroup::new("GROUP=")).await;
    log.call(group::AddParticipants::new(
        "GROUP=",
        [Participant::User("491701234567".into())],
    ))
    .await;
    log.call(group::RemoveParticipants::new(
        "GROUP=",
        [Participant::UserId("DE.abc".into())],
    ))
    .await;
    log.call(group::GetInviteLink::new("GROUP=")).await;
    log.call(group::ResetInviteLink::new("GROUP=")).await;
    log.call(group::DeleteInviteLink::new("GROUP=")).await;
    log.call(group::ListJoinRequests::new("GROUP=")).await;
    log.call(group::ApproveJoinRequests::new("GROUP=", ["J1".to_owned()]))
        .await;
    log.call(group::RejectJoinRequests::new("GROUP=", ["J1".to_owned()]))
        .await;
}

async fn figures(log: &mut Log) {
    use analytics::{GetAnalytics, GetTemplateAnalytics, GetTemplateGroupAnalytics, Metric};

    let (start, end) = (1_700_000_000, 1_700_604_800);
    log.call(
        GetAnalytics::new(ACCOUNT, Metric::Pricing, start, end, "DAILY")
            .only("country_codes", ["DE"])
            .only("dimensions", ["PRICING_CATEGORY", "COUNTRY"]),
    )
    .await;
    log.call(GetTemplateAnalytics::new(
        ACCOUNT,
        start,
        end,
        "DAILY",
        [TemplateId::from("700")],
    ))
    .await;
    log.call(GetTemplateGroupAnalytics::new(
        ACCOUNT,
        start,
        end,
        "DAILY",
        ["750".into()],
    ))
    .await;
}
