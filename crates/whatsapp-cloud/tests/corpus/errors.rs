//! Errors: each decodes with the right class, and loses nothing.

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use whatsapp_cloud::{ApiError, ErrorClass};

use crate::files::{self, File};

pub(crate) fn reads(file: &File) -> bool {
    matches!(file.folder(), "responses" | "errors" | "other")
        && file.value.get("error").is_some_and(Value::is_object)
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
    for File { name, bytes, value } in files::all().into_iter().filter(reads) {
        let told = &value["error"];
        seen += 1;
        let error = ApiError::from_response(StatusCode::BAD_REQUEST, &HeaderMap::new(), &bytes);
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
    assert!(seen > 500 || !files::is_here(), "{seen}");
}
