//! Values, lines, and what people leave in their files.

use serde_json::json;

use super::*;

fn read(text: &str) -> Parsed {
    Syntax::of(text).read(text).unwrap()
}

#[test]
fn the_same_document_reads_the_same_in_every_syntax() {
    let expected = json!({"a": {"b": [{"c": 1}, {"c": "x"}], "on": true}});
    let texts = [
        ("[a]\non = true\n[[a.b]]\nc = 1\n[[a.b]]\nc = \"x\"\n", 6),
        (
            "{\"a\": {\n \"b\": [\n  {\"c\": 1},\n  {\"c\":\n \"x\"}],\n \"on\": true}}",
            5,
        ),
        ("a:\n  b:\n    - c: 1\n    - c: x\n  on: true\n", 4),
    ];
    for (text, line) in texts {
        let parsed = read(text);
        assert_eq!(parsed.value, expected, "{text}");
        assert_eq!(parsed.lines["a.b[1].c"], line, "{text}");
    }
}

#[test]
fn a_text_is_known_by_its_first_words() {
    assert_eq!(Syntax::of("# c\n\n[server]\n"), Syntax::Toml);
    assert_eq!(Syntax::of("graph_url = \"http://x\"\n"), Syntax::Toml);
    assert_eq!(Syntax::of("// c\n{}"), Syntax::Json);
    assert_eq!(Syntax::of("\u{feff} {\"a\": 1}"), Syntax::Json);
    assert_eq!(Syntax::of("---\nchannels:\n  a: \"b = c\"\n"), Syntax::Yaml);
}

#[test]
fn comments_and_trailing_commas_are_let_through_in_json() {
    let parsed = read(
        "{ // one, \"two\"\n \"a\": \"// no, /* comment, */ ]\", /* x\n , */ \"b\": [1, 2, /* , */ ],\n}",
    );
    assert_eq!(
        parsed.value,
        json!({"a": "// no, /* comment, */ ]", "b": [1, 2]})
    );
    assert_eq!(parsed.lines["b"], 3);
    for broken in [
        "{,}",
        "{\"a\": 1,, \"b\": 2}",
        "{\"a\": 1 /* }",
        "{\"a\": \"\\",
        "[1,,]",
    ] {
        assert!(Syntax::Json.read(broken).is_err(), "{broken}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_broken_in_every_syntax() {
    for text in ["a = 1\na = 2\n", "{\"a\": 1,\n\"a\": 2}", "a: 1\na: 2\n"] {
        assert!(Syntax::of(text).read(text).is_err(), "{text}");
    }
}
