//! The README compares this crate with others: what it says of this crate is proved by tests, and those exist.

use std::path::Path;

#[test]
fn every_yes_of_the_comparison_is_proved_by_a_test_that_exists() {
    let readme = include_str!("../README.md");
    let (_, table) = readme
        .split_once("## Compared")
        .expect("there is a comparison");
    let mut proved = 0;
    for line in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [feature, ours, .., proof] = cells.as_slice() else {
            panic!("{line}");
        };
        if !ours.starts_with("yes") {
            assert!(!proof.contains('`'), "{feature}: proved, and not claimed");
            continue;
        }
        let mut quoted = proof.split('`').skip(1).step_by(2);
        let (Some(file), Some(name)) = (quoted.next(), quoted.next()) else {
            panic!("{feature} is proved by no test");
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = std::fs::read_to_string(&path).unwrap_or_default();
        let is_test = source.contains(&format!("fn {name}(")) && source.contains("test]\n");
        assert!(is_test, "{feature}: there is no `{name}` in {file}");
        proved += 1;
    }
    assert!(proved > 20, "{proved} rows");
}
