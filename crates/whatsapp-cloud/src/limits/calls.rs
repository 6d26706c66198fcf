//! Meta's limits on calls besides messages and templates: one table for each endpoint, by its name.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api>

use bytes::Bytes;

use super::Limit::{Chars, Digits, Distinct, Items, OneOf, Url, Username};
use super::{Rule, Table, Violation, check, rule};
use crate::graph::Endpoint;
use crate::graph::messages::CALLBACK_DATA_MAX_CHARS;
use crate::template::limits as template;

/// Everything in a call's body that Meta would refuse, as far as can be known here: what [`Client`](crate::client::Client) looks at
/// before it makes a call. A message is checked earlier, when its call is put together.
///
/// ```
/// use whatsapp_cloud::graph::profile::UpdateProfile;
/// use whatsapp_cloud::limits::violations_of;
///
/// let profile = UpdateProfile::new("200").about("x".repeat(140));
/// assert_eq!(violations_of(&profile)[0].to_string(), "about: 1 to 139 characters, has 140");
/// ```
pub fn violations_of(call: &impl Endpoint) -> Vec<Violation> {
    call.violations()
}

/// Everything in the body of a call of this name that Meta would refuse.
pub(crate) fn violations_of_body(
    name: &str,
    body: impl FnOnce() -> Option<Bytes>,
) -> Vec<Violation> {
    let body = || serde_json::from_slice(&body().unwrap_or_default()).unwrap_or_default();
    match name {
        "CreateTemplate" => return template::violations(&body()),
        "EditTemplate" | "UpsertTemplates" => return template::violations_of_part(&body()),
        _ => {}
    }
    let mut found = Vec::new();
    if let Some(table) = TABLES.iter().find(|table| table.about == name) {
        check(&body(), table.rules, &mut found);
    }
    found
}

/// Of each endpoint that has limits.
pub const TABLES: &[Table] = &[
    Table {
        about: "UpdateProfile",
        rules: PROFILE,
    },
    Table {
        about: "UpdateProfileById",
        rules: PROFILE,
    },
    Table {
        about: "SetConversationalAutomation",
        rules: &[
            rule("prompts", Items(0, 4)),
            rule("prompts[]", Chars(1, 80)),
            rule("commands", Items(0, 30)),
            rule("commands[].command_name", Chars(1, 32)),
            rule("commands[].command_name", Distinct),
            rule("commands[].command_description", Chars(1, 256)),
        ],
    },
    Table {
        about: "SetUsername",
        rules: &[
            rule("username", Chars(3, 35)),
            rule("username", Username),
            rule("transfer_action", OneOf(&["none", "force_transfer"])),
        ],
    },
    Table {
        about: "CreateGroup",
        rules: GROUP,
    },
    Table {
        about: "RemoveParticipants",
        rules: &[rule("participants", Items(1, 8))],
    },
    Table {
        about: "ArchiveTemplates",
        rules: &[rule("hsm_ids", Items(1, 100))],
    },
    Table {
        about: "ManageCall",
        rules: &[rule(
            "biz_opaque_callback_data",
            Chars(0, CALLBACK_DATA_MAX_CHARS),
        )],
    },
    Table {
        about: "Register",
        rules: &[rule("pin", Digits(6))],
    },
    Table {
        about: "Subscribe",
        rules: &[
            rule("override_callback_uri", Chars(1, 200)),
            rule("override_callback_uri", Url),
        ],
    },
    Table {
        about: "UpdatePhoneNumber",
        rules: &[
            rule("pin", Digits(6)),
            // Empty clears it.
            rule("webhook_configuration.override_callback_uri", Chars(0, 200)),
        ],
    },
];

pub(crate) const GROUP: &[Rule] = &[
    rule("subject", Chars(1, 128)),
    rule("description", Chars(0, 2048)),
];

const PROFILE: &[Rule] = &[
    rule("about", Chars(1, 139)),
    rule("address", Chars(0, 256)),
    // 256 in Meta's OpenAPI description.
    rule("description", Chars(0, 512)),
    rule("email", Chars(0, 128)),
    rule("websites", Items(0, 2)),
    rule("websites[]", Chars(1, 256)),
    rule("websites[]", Url),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::registration::Register;
    use crate::graph::template::{EditTemplate, UpsertTemplates};

    fn told(call: &impl Endpoint) -> Vec<String> {
        violations_of(call)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_pin_that_is_not_six_digits_is_refused() {
        assert_eq!(told(&Register::new("200", "012345")), [""; 0]);
        for pin in [
            "abcdef",
            "12345",
            "\u{ff11}\u{ff12}\u{ff13}\u{ff14}\u{ff15}\u{ff16}",
        ] {
            assert_eq!(told(&Register::new("200", pin)), ["pin: 6 digits"]);
        }
    }

    #[test]
    fn an_edited_or_shared_part_of_a_template_is_checked_as_far_as_it_goes() {
        let edit = |body: serde_json::Value| {
            EditTemplate::from_body("7", body.to_string().as_bytes()).unwrap()
        };
        assert_eq!(told(&edit(json!({"category": "UTILITY"}))), [""; 0]);
        let footer = json!([{"type": "FOOTER", "text": "x".repeat(61)}]);
        assert_eq!(
            told(&edit(json!({"components": footer}))),
            ["components[0].text: 1 to 60 characters, has 61"]
        );
        let upsert = |components: serde_json::Value| {
            let body = json!({"name": "code", "languages": ["en"], "category": "AUTHENTICATION", "components": components});
            UpsertTemplates::from_body("102", body.to_string().as_bytes()).unwrap()
        };
        let good = json!([{"type": "BODY", "add_security_recommendation": true},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]);
        assert_eq!(told(&upsert(good)), [""; 0]);
        assert_eq!(told(&upsert(footer)).len(), 1);
    }

    #[test]
    fn a_file_that_is_larger_than_meta_takes_it_is_refused() {
        use crate::graph::flow::UpdateFlowJson;
        use crate::graph::group::UpdateGroup;
        use crate::graph::media::UploadMedia;
        use bytes::Bytes;

        let file = |mime_type: &str, bytes: usize| {
            told(&UploadMedia::new("100", mime_type, "a", vec![0; bytes]))
        };
        assert_eq!(file("image/jpeg", 5 << 20), [""; 0]);
        assert_eq!(
            file("Image/JPEG; q=1", (5 << 20) + 1),
            ["file: at most 5242880 bytes, has 5242881"]
        );
        assert_eq!(file("image/webp", 512_001).len(), 1);
        assert_eq!(file("model/gltf-binary", 6 << 20), [""; 0]);

        let json = |bytes: usize| {
            told(&UpdateFlowJson {
                flow_id: "1".into(),
                flow_json: "x".repeat(bytes),
            })
        };
        assert_eq!(json(10 << 20), [""; 0]);
        assert_eq!(json((10 << 20) + 1).len(), 1);

        let group = |subject: &str, picture: usize| {
            told(&UpdateGroup {
                group_id: "1".into(),
                subject: Some(subject.to_owned()),
                description: None,
                picture: Some(Bytes::from(vec![0; picture])),
            })
        };
        assert_eq!(group("Ours", 5 << 20), [""; 0]);
        assert_eq!(
            group("", (5 << 20) + 1),
            [
                "subject: 1 to 128 characters, has 0",
                "profile_picture_file: at most 5242880 bytes, has 5242881"
            ]
        );
    }
}
