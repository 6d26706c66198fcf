//! Every page of help, as people read it.

use crate::program::run;

fn help(command: &str) -> String {
    let mut args: Vec<&str> = command.split_whitespace().collect();
    args.push("--help");
    let run = run(&args);
    assert_eq!(run.code, Some(0), "{}", run.err);
    run.out
}

#[test]
fn every_page_of_help_reads_as_it_should() {
    let pages = [
        "",
        "serve",
        "demo",
        "send",
        "events",
        "deliveries",
        "redeliver",
        "replay",
        "replay list",
        "replay show",
        "replay cancel",
        "hooks",
        "hooks show",
        "hooks test",
        "hooks pause",
        "hooks resume",
        "messages",
        "trace",
        "sim",
        "sim say",
        "sim replay",
        "templates",
        "templates codegen",
        "config",
        "config check",
        "config convert",
        "config schema",
        "reload",
        "completions",
    ];
    for page in pages {
        let name = format!("help {page}").trim_end().replace(' ', "-");
        insta::assert_snapshot!(name, help(page));
    }
}

#[test]
fn help_is_not_coloured_when_it_is_not_read_on_a_terminal() {
    assert!(!help("serve").contains('\u{1b}'));
}
