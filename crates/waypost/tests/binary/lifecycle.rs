//! A gateway's life: started from any of the formats, stopped in peace, killed and started again.

use crate::program::{Run, Serving, WHATSHOOKED, arg, directory, file, run, waypost};

/// How many events the directory holds, asked as a user would.
fn events(data: &std::path::Path) -> usize {
    let run = run(&["events", "--json", "--data", arg(data)]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    run.out.lines().count()
}

#[tokio::test]
async fn sigterm_ends_in_peace_and_leaves_no_address_behind() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let mut serving = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    assert_eq!(serving.webhook("wamid.peace", "hello").await, 200);
    assert_eq!(serving.terminate(), Some(0));
    assert!(!serving.data.join("waypost.addr").exists());
    assert!(!serving.data.join("waypost.key").exists());
    assert_eq!(events(&serving.data), 1);
}

#[tokio::test]
async fn sighup_reads_the_configuration_again_and_a_broken_one_changes_nothing() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let mut serving = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    let config = dir.path().join("config.json");
    let disabled = WHATSHOOKED.replace(r#""type""#, r#""disabled": true, "type""#);
    std::fs::write(&config, &disabled).unwrap();
    serving.signal("-HUP");
    serving.webhook_until(404).await;
    std::fs::write(&config, "{").unwrap();
    serving.signal("-HUP");
    std::fs::write(&config, WHATSHOOKED).unwrap();
    serving.signal("-HUP");
    serving.webhook_until(200).await;
    assert_eq!(serving.terminate(), Some(0));
}

#[tokio::test]
async fn a_reload_tells_what_changed_and_refuses_what_is_wrong() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let serving = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    let reload = async || -> Run {
        let command = waypost(&["reload", "--data", arg(&serving.data)]);
        let mut command = tokio::process::Command::from(command);
        command.output().await.unwrap().into()
    };
    let config = dir.path().join("config.json");
    let hook = r#""hooks": [{"id": "bot", "url": "http://127.0.0.1:1/"}]"#;
    let changed = WHATSHOOKED.replace(r#""hooks": []"#, hook);
    let changed = changed.replace("EAAtest", "EAAother");
    std::fs::write(&config, changed.replace(r#""port": 0"#, r#""port": 9"#)).unwrap();
    insta::assert_snapshot!("reloaded", reload().await.seen(dir.path()));
    std::fs::write(&config, changed.replace("hooks", "hoks")).unwrap();
    insta::assert_snapshot!("reload-refused", reload().await.seen(dir.path()));
}

#[tokio::test]
async fn an_admin_key_that_nobody_could_see_is_made_again() {
    let open = WHATSHOOKED.replace(
        r#", "auth_key": "wp_test_key_of_the_binary_tests_0123456789""#,
        "",
    );
    let dir = directory(&[("config.json", &open)]);
    let closed = |command: &mut std::process::Command| {
        command.stdout(std::process::Stdio::null());
    };
    let mut unseen = Serving::start_with(&dir, "config.json", &[], closed).await;
    assert_eq!(unseen.terminate(), Some(0));
    let said = std::fs::read_to_string(file(&dir, "err")).unwrap();
    assert!(said.contains("the next start makes another"), "{said}");
    for is_shown in [true, false] {
        let mut seen = Serving::start(&dir, "config.json", &[]).await;
        assert_eq!(seen.terminate(), Some(0));
        let said = std::fs::read_to_string(file(&dir, "out")).unwrap();
        assert_eq!(said.contains("admin key"), is_shown, "{said}");
        std::fs::write(file(&dir, "out"), "").unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let mut serving = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    for number in 0..5 {
        assert_eq!(
            serving
                .webhook(&format!("wamid.killed{number}"), "hello")
                .await,
            200
        );
    }
    serving.kill();
    assert_eq!(
        events(&serving.data),
        5,
        "read from what the killed one left"
    );
    let again = Serving::start(&dir, "config.json", &["--allow-unsigned"]).await;
    assert_eq!(again.webhook("wamid.killed0", "hello").await, 200);
    assert_eq!(again.webhook("wamid.new", "hello").await, 200);
    assert_eq!(
        events(&again.data),
        6,
        "the repeated one is known, the new one is there"
    );
}

#[tokio::test]
async fn a_second_gateway_on_one_directory_says_so() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let serving = Serving::start(&dir, "config.json", &[]).await;
    let config = file(&dir, "config.json");
    let second = [
        "serve",
        "--config",
        arg(&config),
        "--listen",
        "127.0.0.1:0",
        "--data",
        arg(&serving.data),
    ];
    insta::assert_snapshot!("second-gateway", run(&second).seen(dir.path()));
}

#[tokio::test]
async fn a_port_in_use_says_so() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let config = file(&dir, "config.json");
    let run = run(&[
        "serve",
        "--config",
        arg(&config),
        "--listen",
        &address.to_string(),
    ]);
    let seen = run
        .seen(dir.path())
        .replace(&address.port().to_string(), "PORT");
    insta::assert_snapshot!("port-in-use", seen);
}

#[test]
fn a_wrong_configuration_says_what_and_where() {
    let wrong = WHATSHOOKED.replace("\"verify_token\"", "\"verify_tokn\"");
    let dir = directory(&[("config.json", &wrong)]);
    let config = file(&dir, "config.json");
    for command in [&["config", "check"][..], &["serve", "--config"]] {
        let args: Vec<&str> = command.iter().copied().chain([arg(&config)]).collect();
        let run = run(&args);
        assert_eq!(run.code, Some(3), "{}", run.err);
        insta::assert_snapshot!("wrong-configuration", run.seen(dir.path()));
    }
}

#[test]
fn a_program_can_read_what_is_wrong_with_a_configuration() {
    let wrong = WHATSHOOKED.replace("\"verify_token\"", "\"verify_tokn\"");
    let dir = directory(&[("config.json", &wrong)]);
    let config = file(&dir, "config.json");
    let run = run(&["config", "check", "--json", arg(&config)]);
    assert_eq!(run.code, Some(3), "{}", run.err);
    let report: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let problem = &report["problems"][1];
    assert_eq!(problem["line"], 7);
    assert_eq!(problem["key"], "whatsapp[0].business_api.verify_tokn");
    assert_eq!(problem["text"], "there is no such key");
    assert_eq!(problem["hint"], "did you mean `verify_token`?");
}

#[tokio::test]
async fn a_wrong_key_says_so() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let serving = Serving::start(&dir, "config.json", &[]).await;
    let run = run(&["events", "--url", &serving.url, "--key", "wp_wrong"]);
    assert_eq!(run.code, Some(5));
    insta::assert_snapshot!("wrong-key", run.seen(dir.path()));
}

#[tokio::test]
async fn whatshook_servers_command_line_serves() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let config = file(&dir, "config.json");
    let checked = waypost(&["-config", arg(&config), "--help"])
        .output()
        .unwrap();
    assert!(
        String::from_utf8(checked.stdout)
            .unwrap()
            .starts_with("Run the gateway")
    );
}

/// The examples of the seed documents, as those print them.
mod examples {
    use super::*;

    async fn starts(name: &str, text: &str, environment: &[(&str, &str)]) {
        let dir = directory(&[(name, text)]);
        let config = file(&dir, name);
        let mut check = waypost(&["config", "check", arg(&config)]);
        let checked = check.envs(environment.iter().copied()).output().unwrap();
        assert!(
            checked.status.success(),
            "{}",
            String::from_utf8_lossy(&checked.stderr)
        );
        let mut serving = Serving::start_with(&dir, name, &[], |command| {
            command.envs(environment.iter().copied());
        })
        .await;
        assert_eq!(serving.terminate(), Some(0));
    }

    #[tokio::test]
    async fn whatshooked_starts() {
        starts(
            "config.json",
            include_str!("examples/whatshooked.json"),
            &[],
        )
        .await;
    }

    #[tokio::test]
    async fn prx_starts() {
        starts("config.toml", include_str!("examples/prx.toml"), &[]).await;
    }

    #[tokio::test]
    async fn openparallax_starts() {
        let token = [("WHATSAPP_ACCESS_TOKEN", "EAAtest")];
        starts(
            "config.yaml",
            include_str!("examples/openparallax.yaml"),
            &token,
        )
        .await;
    }
}

#[tokio::test]
async fn a_gateway_whose_logs_find_no_room_serves_on() {
    let dir = directory(&[("config.json", WHATSHOOKED)]);
    let full = || {
        std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let full = |command: &mut std::process::Command| {
        command.stdout(full()).stderr(full());
    };
    let args = ["--allow-unsigned"];
    let mut serving = Serving::start_with(&dir, "config.json", &args, full).await;
    assert_eq!(serving.webhook("wamid.unheard", "hello").await, 200);
    std::fs::write(file(&dir, "config.json"), "{").unwrap();
    serving.signal("-HUP");
    assert_eq!(serving.webhook("wamid.after", "hello").await, 200);
    assert_eq!(serving.terminate(), Some(0));
    assert_eq!(events(&serving.data), 2);
}
