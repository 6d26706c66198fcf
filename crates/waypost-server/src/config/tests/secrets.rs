//! Secrets: where they come from, and that nothing ever shows one.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::*;

/// Every place of the native format that a secret can stand in; `{}` is where this one stands.
const PLACES: [&str; 9] = [
    "[api]\nusername = \"me\"\npassword = {}\n",
    "[api]\nadmin_key = {}\n",
    "[[api.key]]\nname = \"k\"\nscopes = [\"read\"]\nsecret = {}\n",
    "[[account]]\nid = \"a\"\nphone_number_id = \"1\"\naccess_token = {}\n",
    "[[account]]\nid = \"a\"\nphone_number_id = \"1\"\nverify_token = {}\n",
    "[[account]]\nid = \"a\"\nphone_number_id = \"1\"\napp_secret = {}\n",
    "[[account]]\nid = \"a\"\nphone_number_id = \"1\"\napp_secret = [\"other\", {}]\n",
    "[[hook]]\nid = \"h\"\nurl = \"https://example.com\"\nsecret = {}\n",
    "[[hook]]\nid = \"h\"\nurl = \"https://example.com\"\nheaders = { X-Key = {} }\n",
];
const SECRET: &str = "hunter2-hunter2";

/// The text with the secret spelled in different ways, right and wrong.
fn spellings(place: &str) -> Vec<String> {
    let values = [
        format!("\"{SECRET}\""),
        format!("[\"{SECRET}\"]"),
        format!("{{ value = \"{SECRET}\" }}"),
        format!("\"\"\"\n{SECRET}\nsecond line\"\"\""),
        format!("\"{SECRET}"),
        SECRET.to_owned(),
        format!("\"whsec_{SECRET}\""),
        format!("[[\"{SECRET}\"]]"),
    ];
    values
        .into_iter()
        .map(|value| place.replacen("{}", &value, 1))
        .collect()
}

#[test]
fn no_error_warning_debug_or_masked_text_shows_a_secret() {
    let wrong = "\n[[hook]]\nid = \"h h\"\nurl = \"x\"\nformat = 1\n";
    for place in PLACES {
        for text in spellings(place) {
            for text in [text.clone(), format!("{text}{wrong}")] {
                let shown = match parse(&text, NO_ENVIRONMENT) {
                    Ok(config) => {
                        assert!(
                            config.to_native_toml().contains(SECRET),
                            "convert keeps what was inline"
                        );
                        format!(
                            "{config:?}\n{}\n{}\n{:?} {:?}",
                            config.masked(),
                            warnings(&config),
                            config.api,
                            config.directory
                        )
                    }
                    Err(errors) => format!("{errors}\n{errors:?}"),
                };
                assert!(!shown.contains(SECRET), "{text}\n\n{shown}");
            }
        }
    }
}

#[test]
fn seed_formats_show_no_secret_either() {
    let environment = [
        ("WHATSAPP_ACCESS_TOKEN", "hunter2-environment"),
        ("WAYPOST_API_KEY", "hunter2-key"),
        ("WAYPOST_HOOK_STATUS_HOOK_SECRET", "hunter2-hook"),
    ];
    let secrets = [
        "EAAxxxxxxxxxxxx",
        "my_secure_random_token_abc123",
        "your-app-secret-token",
        "secure_password",
        "optional_api_key",
        "my-secret-verify-token",
        "hunter2",
    ];
    for text in [WHATSHOOKED, PRX, OPENPARALLAX] {
        for text in [
            text.to_owned(),
            text.replace("phone_number_id", "phone_number_idd"),
            text.replace('}', ""),
        ] {
            let shown = match parse(&text, environment) {
                Ok(config) => format!(
                    "{config:?}\n{}\n{}\n{:?} {:?}",
                    config.masked(),
                    warnings(&config),
                    config.api,
                    config.directory
                ),
                Err(errors) => format!("{errors}\n{errors:?}"),
            };
            for secret in secrets {
                assert!(!shown.contains(secret), "{secret}: {shown}");
            }
        }
    }
    assert!(!format!("{:?}", Environment::from_iter(environment)).contains("hunter2"));
}

#[test]
fn a_login_in_a_hook_s_address_becomes_a_header() {
    let text = NATIVE.replace(
        "https://crm.example.com/in",
        "https://me:p%40ss+word@crm.example.com/in?x=1#frag",
    );
    let config = load(&text, NO_ENVIRONMENT);
    let hook = &config.directory.hooks[0];
    assert_eq!(hook.url.as_str(), "https://crm.example.com/in?x=1");
    assert_eq!(hook.headers[0].0, "authorization");
    // base64 of `me:p@ss+word`
    assert_eq!(hook.headers[0].1.expose_secret(), "Basic bWU6cEBzcyt3b3Jk");
    assert!(!config.masked().contains("p%40ss"), "{}", config.masked());
}

#[test]
fn a_secret_file_lies_relative_to_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "EAAG-from-a-file\r\n").unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    let path = folder.path().join("waypost.toml");
    let text = NATIVE.replace(
        "access_token = \"EAAG-native-token\"",
        "access_token_file = \"token\"",
    );
    std::fs::write(&path, &text).unwrap();
    let config = Config::load(&path, &Environment::default()).unwrap();
    assert_eq!(
        config.directory.accounts[0]
            .access_token
            .as_ref()
            .unwrap()
            .expose(),
        "EAAG-from-a-file"
    );
    assert_eq!(config.server.data_dir, folder.path().join("waypost-data"));

    let text = text.replace("\"token\"", "\"empty\"");
    let errors = Config::parse(&text, &path, &Environment::default()).unwrap_err();
    assert!(errors.to_string().contains("is empty"), "{errors}");
    let errors =
        Config::parse(&text, Path::new("elsewhere.toml"), &Environment::default()).unwrap_err();
    assert!(errors.to_string().contains("cannot be read"), "{errors}");
}
