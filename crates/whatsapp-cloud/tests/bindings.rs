//! The Rust types that `tests/templates.rs` uses are those that the definitions beside them give.

use std::path::Path;

use whatsapp_cloud::template::codegen;

/// `UPDATE_GENERATED=1` writes the file instead.
#[test]
fn the_generated_file_is_what_the_definitions_give() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated/templates.rs");
    let definitions = codegen::read(include_str!("generated/definitions.json")).unwrap();
    let source = codegen::bindings(&definitions).unwrap();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, &source).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == source,
        "run this test with UPDATE_GENERATED=1"
    );
}
