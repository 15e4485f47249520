use super::*;
use tokio::io::AsyncReadExt;

async fn send(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

async fn get(loopback_port: u16, target: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    send((Ipv4Addr::LOCALHOST, loopback_port).into(), &request).await
}

fn has_ipv6() -> bool {
    std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
}

#[tokio::test]
async fn the_code_leaves_the_address_bar_before_the_page_is_shown() {
    let mut loopback = Loopback::bind(None).await.unwrap();
    let port = loopback.port();
    let browser = tokio::spawn(async move {
        let first = get(port, "/?code=secret&state=s").await;
        let page = get(port, "/done").await;
        (first, page)
    });
    let answer = loopback.answer().await.unwrap();
    assert!(answer.query.matches("code=secret&state=s"));
    answer.reply(Verdict::SignedIn);
    loopback.linger().await;
    let (first, page) = browser.await.unwrap();
    assert!(first.starts_with("HTTP/1.1 303 "), "{first}");
    assert!(first.contains("\r\nLocation: /done\r\n"));
    assert!(!first.contains("secret"));
    assert!(page.contains("You are signed in.") && page.contains("You can close this tab."));
    let gone = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
    assert!(gone.is_err(), "the listener ends with the sign-in");
}

#[tokio::test]
async fn probes_and_slow_clients_do_not_get_in_the_way() {
    let mut loopback = Loopback::bind(None).await.unwrap();
    let port = loopback.port();
    let mut slow = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap();
    slow.write_all(b"GET /?code=slow").await.unwrap();
    let _silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .await
        .unwrap();
    for _ in 0..MOST + 8 {
        assert!(get(port, "/favicon.ico").await.starts_with("HTTP/1.1 404 "));
    }
    assert!(
        send((Ipv4Addr::LOCALHOST, port).into(), "\u{16}\u{3}\r\n\r\n")
            .await
            .contains(" 400 ")
    );
    slow.write_all(b"&state=s HTTP/1.1\r\n\r\n").await.unwrap();
    let answer = loopback.answer().await.unwrap();
    assert!(answer.query.matches("code=slow&state=s"));
    answer.reply(Verdict::NotOurs);
    let mut reply = String::new();
    slow.read_to_string(&mut reply).await.unwrap();
    assert!(reply.contains(" 400 "), "{reply}");
}

#[tokio::test]
async fn both_loopback_addresses_answer() {
    if !has_ipv6() {
        println!("skipped: this system has no ::1");
        return;
    }
    let loopback = Loopback::bind(None).await.unwrap();
    let request = "GET /x HTTP/1.1\r\n\r\n";
    for address in [
        SocketAddr::from((Ipv4Addr::LOCALHOST, loopback.port())),
        SocketAddr::from((Ipv6Addr::LOCALHOST, loopback.port())),
    ] {
        assert!(send(address, request).await.contains(" 404 "), "{address}");
    }
}

#[tokio::test]
async fn a_second_answer_after_the_end_is_not_taken() {
    let mut loopback = Loopback::bind(None).await.unwrap();
    let port = loopback.port();
    let browser = tokio::spawn(async move { get(port, "/?code=a&state=s").await });
    loopback
        .answer()
        .await
        .unwrap()
        .reply(Verdict::Failed("No.".to_owned()));
    assert!(browser.await.unwrap().contains("Location: /failed"));
    let lingering = tokio::spawn(loopback.linger());
    tokio::task::yield_now().await;
    assert!(get(port, "/?code=b&state=s").await.contains(" 400 "));
    let page = get(port, "/failed").await;
    assert!(page.contains("You are not signed in.") && page.contains("No."));
    lingering.await.unwrap();
}

#[tokio::test]
async fn dropping_it_stops_the_listener() {
    let loopback = Loopback::bind(None).await.unwrap();
    let port = loopback.port();
    drop(loopback);
    tokio::task::yield_now().await;
    assert!(
        TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let first = Loopback::bind(None).await.unwrap();
    let second = Loopback::bind(Some(first.port())).await;
    assert_eq!(second.err().unwrap().kind(), io::ErrorKind::AddrInUse);
}
