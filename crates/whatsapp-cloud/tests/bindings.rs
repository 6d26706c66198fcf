//! The Rust types that tests and examples use are those that the definitions beside them give.

use std::path::Path;

use whatsapp_cloud::template::codegen;

/// `UPDATE_GENERATED=1` writes the files instead.
#[test]
fn the_generated_files_are_what_the_definitions_give() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (definitions, types) in [
        (
            "tests/generated/definitions.json",
            "tests/generated/templates.rs",
        ),
        ("tests/generated/odd.json", "tests/generated/odd.rs"),
        (
            "examples/templates/order_sent.json",
            "examples/templates/order_sent.rs",
        ),
    ] {
        let definitions = std::fs::read_to_string(root.join(definitions)).unwrap();
        let source = codegen::bindings(&codegen::read(&definitions).unwrap()).unwrap();
        let path = root.join(types);
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::write(&path, &source).unwrap();
        }
        assert!(
            std::fs::read_to_string(path).unwrap() == source,
            "{types}: run this test with UPDATE_GENERATED=1"
        );
    }
}
