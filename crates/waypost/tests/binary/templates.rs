//! `waypost templates codegen`: what its users put into their source.

use std::path::Path;

use crate::program::run;

fn definitions() -> String {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../whatsapp-cloud/tests/generated");
    sdk.join("definitions.json").display().to_string()
}

#[test]
fn the_types_that_are_written_are_those_that_the_sdk_compiles_in_its_tests() {
    let run = run(&["templates", "codegen", &definitions()]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let compiled = Path::new(&definitions()).with_file_name("templates.rs");
    assert!(run.out == std::fs::read_to_string(compiled).unwrap());
}

#[test]
fn a_file_that_holds_no_definitions_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.json");
    std::fs::write(&file, r#"[{"name":"x"}]"#).unwrap();
    let run = run(&["templates", "codegen", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains("element 0"), "{}", run.err);
    assert!(run.out.is_empty());
}
