//! The SDK's examples, each run against the simulator as its first lines say. (The flow's needs no simulator and is tested
//! beside the SDK.)

#[path = "../../whatsapp-cloud/examples/echo.rs"]
#[expect(dead_code, reason = "its `main` listens where its environment says")]
mod echo;
#[path = "../../whatsapp-cloud/examples/media.rs"]
#[expect(dead_code, reason = "its `main` reads the environment of a process")]
mod media;
#[path = "../../whatsapp-cloud/examples/receive.rs"]
#[expect(dead_code, reason = "its `main` listens where its environment says")]
mod receive;
#[path = "../../whatsapp-cloud/examples/send.rs"]
#[expect(dead_code, reason = "its `main` reads the environment of a process")]
mod send;
#[path = "../../whatsapp-cloud/examples/template.rs"]
#[expect(dead_code, reason = "its `main` reads the environment of a process")]
mod template;

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt as _;
use whatsapp_sim::{Fault, Number, Person, Phone, Sim, SimConfig};

const CUSTOMER: &str = "491701234567";
const SOON: Duration = Duration::from_secs(30);

async fn sim() -> (Sim, Phone) {
    let sim = Sim::start(SimConfig::default()).await.expect("a free port");
    let phone = sim.phone(CUSTOMER);
    // Whoever wrote may be written to for 24 hours.
    phone.write("hello");
    (sim, phone)
}

/// What an example is told by its environment.
fn environment(sim: &Sim) -> HashMap<String, String> {
    let settings = [
        ("GRAPH_URL", sim.graph_url()),
        ("WHATSAPP_TOKEN", "sim-access-token".to_owned()),
        ("PHONE_NUMBER_ID", Number::default().phone_number_id),
        ("APP_SECRET", "sim-app-secret".to_owned()),
        ("VERIFY_TOKEN", "sim-verify-token".to_owned()),
    ];
    settings
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).into()
}

/// Serves an example, and has the simulator's webhooks go there.
async fn serve(sim: &Sim, app: axum::Router) -> JoinSet<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let mut server = JoinSet::new();
    server.spawn(async move {
        axum::serve(listener, app)
            .await
            .expect("serving never fails");
    });
    sim.set_webhook_url(&format!("http://{address}/webhook"))
        .expect("a URL");
    sim.handshake().await.expect("the challenge");
    server
}

#[tokio::test]
async fn receive_shakes_hands_and_takes_what_meta_signed_and_nothing_else() {
    let (sim, phone) = sim().await;
    let app = receive::app(&environment(&sim)).expect("all is set");
    let _server = serve(&sim, app.clone()).await;
    phone.write_example("order");
    sim.drain().await;
    assert_eq!(sim.acknowledged().len(), 2);

    let unsigned = Request::post("/webhook").body(Body::from(r#"{"entry":[]}"#));
    let answer = app
        .oneshot(unsigned.expect("a request"))
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn echo_reads_types_and_answers_in_the_thread_whoever_wrote() {
    let sim = Sim::start(SimConfig::default()).await.expect("a free port");
    let _server = serve(&sim, echo::app(&environment(&sim)).expect("all is set")).await;
    // One has a number, the other only a user id.
    for phone in [
        sim.phone(CUSTOMER),
        sim.phone(Person::without_number("ada")),
    ] {
        let wamid = phone.write("is anybody there?");
        let echo = phone.next_message(SOON).await.expect("an answer");
        assert_eq!(echo.text(), Some("is anybody there?"));
        assert_eq!(echo.reply_to(), Some(wamid.as_str()));
        assert!(phone.is_read(&wamid));
    }
    sim.drain().await;
}

#[tokio::test]
async fn send_sends_a_text_and_says_what_to_do_when_it_cannot() {
    let (sim, phone) = sim().await;
    let environment = environment(&sim);
    let said = send::run(&environment, &words([CUSTOMER, "good morning"])).await;
    let message = phone.next_message(SOON).await.expect("a message");
    assert_eq!(message.text(), Some("good morning"));
    assert_eq!(said.expect("sent"), format!("sent: {}", message.wamid));

    let usage = send::run(&environment, &words([CUSTOMER])).await;
    assert_eq!(
        usage.expect_err("wrong").to_string(),
        "usage: send RECIPIENT TEXT"
    );

    sim.fail_next(Fault::Code(190));
    let refused = send::run(&environment, &words([CUSTOMER, "again"])).await;
    let refused = refused.expect_err("refused").to_string();
    assert!(
        refused.starts_with("not sent: ") && refused.contains("190"),
        "{refused}"
    );
}

#[tokio::test]
async fn template_sends_what_it_shows() {
    let (sim, phone) = sim().await;
    let said = template::run(&environment(&sim), &words([CUSTOMER, "Ada"]))
        .await
        .expect("sent");
    let message = phone.next_message(SOON).await.expect("a message");
    assert_eq!(message.body["template"]["name"], "order_sent");
    assert!(
        said.contains("Hello Ada, your pots arrive on Monday."),
        "{said}"
    );
}

#[tokio::test]
async fn media_goes_up_to_a_phone_and_down_again() {
    let (sim, phone) = sim().await;
    let folder = std::env::temp_dir();
    let file = folder.join(format!("invoice-{}.pdf", std::process::id()));
    std::fs::write(&file, b"%PDF-1.4 of two pots").expect("a file");
    let path = file.to_str().expect("text");
    let said = media::run(
        &environment(&sim),
        &words([CUSTOMER, path, "application/pdf"]),
    )
    .await;
    std::fs::remove_file(&file).expect("it is there");
    let said = said.expect("sent");
    assert!(said.ends_with("20 came down, the same"), "{said}");
    let message = phone.next_message(SOON).await.expect("a message");
    let id = message.body["document"]["id"].as_str().expect("an id");
    assert_eq!(
        sim.media(id).expect("it is there").bytes,
        "%PDF-1.4 of two pots"
    );
}
