//! What the repository tells operators is true: the example loads, and the tables of `docs/configuration.md` are current.

use super::*;

const EXAMPLE: &str = include_str!("../../../../../waypost.example.toml");
const DOCUMENTATION: &str = include_str!("../../../../../docs/configuration.md");
const BEGIN: &str = "<!-- generated: begin -->\n";
const END: &str = "<!-- generated: end -->";

const VARIABLES: [(&str, &str); 6] = [
    ("WAYPOST_ADMIN_KEY", "admin"),
    ("CRM_KEY", "crm"),
    ("WHATSAPP_ACCESS_TOKEN", "EAAG"),
    ("WHATSAPP_VERIFY_TOKEN", "0123456789abcdef0123456789abcdef"),
    ("WHATSAPP_APP_SECRET", "app"),
    ("CRM_HOOK_SECRET", "hook"),
];

#[test]
fn the_example_loads_without_a_warning() {
    assert_eq!(warnings(&load(EXAMPLE, VARIABLES)), "");
}

#[test]
fn the_example_shows_defaults_as_they_are() {
    let default = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_lowercase())
            && !["public_url", "business_account_id"].contains(&key)
    };
    let mut text = String::new();
    for line in EXAMPLE.lines() {
        let commented = line.strip_prefix("# ").filter(|rest| {
            rest.split(" = ")
                .next()
                .is_some_and(|key| !key.contains(' ') && default(key))
        });
        text.push_str(
            commented
                .filter(|rest| rest.contains(" = "))
                .unwrap_or(line),
        );
        text.push('\n');
    }
    assert!(text.contains("\nin_flight = 32"), "{text}");
    let (plain, explicit) = (load(EXAMPLE, VARIABLES), load(&text, VARIABLES));
    assert_eq!(
        plain.to_native_toml(),
        explicit
            .to_native_toml()
            .replace("\ntimeout = \"15s\"\n", "\n")
    );
}

#[test]
fn the_example_without_its_variables_names_each_of_them() {
    let said = mistakes(EXAMPLE);
    for (name, _) in VARIABLES {
        assert!(
            said.contains(&format!("the environment variable {name} is not set")),
            "{name}: {said}"
        );
    }
}

/// `WAYPOST_UPDATE_DOCS=1 cargo test -p waypost-server documentation` writes the tables anew.
#[test]
fn the_documentation_s_tables_are_current() {
    let (before, rest) = DOCUMENTATION.split_once(BEGIN).expect("the begin mark");
    let (_, after) = rest.split_once(END).expect("the end mark");
    let current = format!("{before}{BEGIN}{}{END}{after}", Config::reference());
    if std::env::var_os("WAYPOST_UPDATE_DOCS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        std::fs::write(path, current).expect("the documentation is writable");
    } else {
        assert!(
            current == DOCUMENTATION,
            "docs/configuration.md is out of date: see this test's comment"
        );
    }
}
