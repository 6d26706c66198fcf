//! "200 means stored" measured from outside: the system calls that make a commit durable are counted in the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Serving, WHATSHOOKED, arg, directory, file};

const WEBHOOKS: u64 = 100;

#[tokio::test]
async fn a_hundred_webhooks_cause_a_hundred_fsyncs() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let library = match interposer(dir.path()) {
        Ok(library) => library,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let count = file(&dir, "count");
    std::fs::write(&count, [0; 8]).unwrap();
    let serving = Serving::start_with(&dir, "config.json", &["--allow-unsigned"], |command| {
        command
            .env("LD_PRELOAD", &library)
            .env("FSYNC_COUNT", &count);
    })
    .await;
    let before = read(&count);
    assert!(before > 0, "the interposer sees nothing of making a store");
    for number in 0..WEBHOOKS {
        let answer = serving
            .webhook(&format!("wamid.durable{number}"), "hello")
            .await;
        assert_eq!(answer, 200);
    }
    let during = read(&count) - before;
    println!("{WEBHOOKS} webhooks, {during} fsyncs");
    assert!(
        during >= WEBHOOKS,
        "{during} fsyncs for {WEBHOOKS} acknowledged webhooks"
    );
}

fn interposer(dir: &Path) -> Result<PathBuf, String> {
    if !cfg!(target_os = "linux") {
        return Err("calls are counted by LD_PRELOAD, which is Linux only".to_owned());
    }
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fsync_count.c");
    let library = dir.join("fsync_count.so");
    let compiled = Command::new("cc")
        .args([
            "-shared",
            "-fPIC",
            "-O1",
            "-o",
            arg(&library),
            source,
            "-ldl",
        ])
        .output()
        .map_err(|error| format!("no C compiler: {error}"))?;
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    Ok(library)
}

fn read(count: &Path) -> u64 {
    u64::from_ne_bytes(std::fs::read(count).unwrap().try_into().unwrap())
}
