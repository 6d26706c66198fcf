//! Against real sockets on a loopback address, each server as rude as its test says.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use super::{ANSWER_LIMIT, Answer, Call, Failure, HookClient};

/// Serves every connection with `answer` after the request has come.
async fn server<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tasks = TaskTracker::new();
    tasks.clone().spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            tasks.spawn(answer(stream));
        }
    });
    format!("http://{address}/hook")
}

/// The head, and the two bytes of body that every call here has.
async fn read_request(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n{}") {
        let mut byte = [0];
        if stream.read(&mut byte).await.unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
}

fn client() -> HookClient {
    HookClient::new(&TaskTracker::new()).unwrap()
}

fn call(url: &str, deadline: Duration) -> Call {
    Call {
        method: Method::POST,
        uri: url.parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        deadline,
        private_network: true,
    }
}

async fn get(url: &str) -> Result<Answer, Failure> {
    client().call(call(url, Duration::from_secs(10))).await
}

async fn fails(url: &str) -> &'static str {
    match get(url).await {
        Ok(answer) => panic!("answered {}", answer.status),
        Err(failure) => failure.word,
    }
}

#[tokio::test]
async fn a_hook_that_hangs_is_given_up_at_its_deadline() {
    let url = server(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let result = client().call(call(&url, Duration::from_millis(200))).await;
    let failure = result.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "timeout: no complete answer within 0.2 s"
    );
}

#[tokio::test]
async fn a_hook_that_drips_is_given_up_at_the_same_deadline() {
    let url = server(|mut stream| async move {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let mut tick = tokio::time::interval(Duration::from_millis(10));
        while stream.write_all(b".").await.is_ok() {
            tick.tick().await;
        }
    })
    .await;
    let result = client().call(call(&url, Duration::from_millis(300))).await;
    assert_eq!(result.unwrap_err().word, "timeout");
}

#[tokio::test]
async fn ten_megabytes_are_not_read_and_the_status_still_counts() {
    let url = server(|mut stream| async move {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        for _ in 0..160 {
            if stream.write_all(chunk.as_bytes()).await.is_err() {
                return;
            }
        }
    })
    .await;
    let answer = get(&url).await.unwrap();
    assert_eq!((answer.status, answer.too_large), (200, true));
    assert_eq!(answer.body.len(), ANSWER_LIMIT);
}

#[tokio::test]
async fn an_answer_of_exactly_the_limit_is_whole() {
    let url = server(|mut stream| async move {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {ANSWER_LIMIT}\r\n\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&vec![b'x'; ANSWER_LIMIT]).await;
    })
    .await;
    let answer = get(&url).await.unwrap();
    assert_eq!((answer.body.len(), answer.too_large), (ANSWER_LIMIT, false));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_names_the_host_only() {
    let url = server(|mut stream| async move {
        let head = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest/meta-data?token=1\r\ncontent-length: 0\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
    })
    .await;
    let answer = get(&url).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(answer.redirect_host.as_deref(), Some("169.254.169.254"));
}

#[tokio::test]
async fn every_way_to_fail_has_its_word() {
    let reset = server(|stream| async move {
        stream.set_zero_linger().unwrap();
    })
    .await;
    assert_eq!(fails(&reset).await, "reset");

    let closes = server(|stream| async move { drop(stream) }).await;
    assert_eq!(fails(&closes).await, "reset");

    let half = server(|mut stream| async move {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";
        let _ = stream.write_all(head.as_bytes()).await;
    })
    .await;
    assert_eq!(fails(&half).await, "reset");

    let nonsense = server(|mut stream| async move {
        let _ = stream.write_all(b"\x00\x01nonsense\r\n\r\n").await;
    })
    .await;
    assert_eq!(fails(&nonsense).await, "protocol");

    let deaf = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    assert_eq!(fails(&deaf).await, "connect");
    assert_eq!(fails("http://no-such-host.invalid/").await, "dns");
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    };
    let (word, ()) = tokio::join!(fails(&url), serve);
    assert_eq!(word, "tls");
}

#[tokio::test]
async fn what_may_not_be_private_is_judged_by_the_address_it_resolves_to() {
    let url = server(|mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            .await;
    })
    .await;
    let client = client();
    let named = url.replace("127.0.0.1", "localhost");
    for url in [&url, &named] {
        // First the hook that may, so that a connection lies in the pool.
        let allowed = client.call(call(url, Duration::from_secs(10))).await;
        assert_eq!(allowed.unwrap().status, 200);
        let mut refused = call(url, Duration::from_secs(10));
        refused.private_network = false;
        let failure = client.call(refused).await.unwrap_err();
        assert_eq!(failure.word, "refused_address", "{failure}");
    }
    for url in [
        "http://169.254.169.254/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
    ] {
        assert_eq!(fails(url).await, "refused_address");
    }
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let client = client();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        for _ in 0..3 {
            read_request(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    };
    let calls = async {
        for _ in 0..3 {
            let answer = client.call(call(&url, Duration::from_secs(10))).await;
            assert_eq!(answer.unwrap().status, 200);
        }
    };
    tokio::join!(serve, calls);
}
