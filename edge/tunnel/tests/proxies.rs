//! Through real proxies to a server that says something first.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail like tests, and report by printing"
)]

use spoke_proxy::{Command as SocksCommand, Credentials, Handshake, HttpConnect, Socks5, Target};
use spoke_tunnel::{PassageError, dial_through};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);
const GREETING: &[u8] = b"hello from behind the proxy";

/// A running proxy; ended when dropped.
struct Proxy {
    child: Child,
    address: SocketAddr,
    _folder: Option<tempfile::TempDir>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn start(program: &str, arguments: &[String], address: SocketAddr) -> Option<Proxy> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = child else {
        spoke_needs::skip(format_args!("{program} is not installed"));
        return None;
    };
    let until = Instant::now() + SOON;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < until, "{program} does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(Proxy {
        child,
        address,
        _folder: None,
    })
}

/// An HTTP proxy that wants ana and her password by Basic.
fn tinyproxy() -> Option<Proxy> {
    let address = free_address();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("tinyproxy.conf");
    let text = format!(
        "Port {}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nLogLevel Critical\n\
         BasicAuth ana secret\nAllow 127.0.0.1\n",
        address.port()
    );
    std::fs::write(&config, text).unwrap();
    let arguments = [
        "-d".to_owned(),
        "-c".to_owned(),
        config.display().to_string(),
    ];
    let mut proxy = start("tinyproxy", &arguments, address)?;
    proxy._folder = Some(folder);
    Some(proxy)
}

/// An HTTP proxy that wants ana and her password by Digest.
fn squid() -> Option<Proxy> {
    let address = free_address();
    let folder = tempfile::tempdir().unwrap();
    let (config, users) = (folder.path().join("conf"), folder.path().join("users"));
    // Its helper, another user, reads the hash of `ana:spoke:secret`.
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path(), mode).unwrap();
    std::fs::write(&users, "ana:spoke:1b23058b362d437a6f7b64c27bbef24a\n").unwrap();
    let text = format!(
        "http_port {address}\nvisible_hostname spoke\npid_filename none\ncache deny all\n\
         cache_log /dev/null\naccess_log none\nshutdown_lifetime 0 seconds\n\
         auth_param digest program /usr/lib/squid/digest_file_auth -c {}\n\
         auth_param digest children 1\nauth_param digest realm spoke\n\
         acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n",
        users.display()
    );
    std::fs::write(&config, text).unwrap();
    let arguments = [
        "-N".to_owned(),
        "-f".to_owned(),
        config.display().to_string(),
    ];
    let mut proxy = start("squid", &arguments, address)?;
    proxy._folder = Some(folder);
    Some(proxy)
}

/// A SOCKS5 proxy that wants ana and her password.
fn microsocks() -> Option<Proxy> {
    let address = free_address();
    let port = address.port().to_string();
    let arguments = ["-i", "127.0.0.1", "-p", &port, "-u", "ana", "-P", "secret"];
    start("microsocks", &arguments.map(str::to_owned), address)
}

/// Greets whoever comes and says everything back.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                stream.write_all(GREETING).unwrap();
                let mut buffer = [0; 1000];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    stream.write_all(&buffer[..count]).unwrap();
                }
            });
        }
    });
    port
}

fn ana(password: &str) -> Option<Credentials> {
    Some(Credentials {
        username: "ana".to_owned(),
        password: password.to_owned().into(),
    })
}

fn http(target: Target, credentials: Option<Credentials>) -> Handshake {
    let http = HttpConnect::new(target, credentials, "0123456789abcdef");
    Handshake::Http(Box::new(http))
}

fn socks(target: Target, credentials: Option<Credentials>) -> Handshake {
    let socks = Socks5::new(SocksCommand::Connect, target, credentials);
    Handshake::Socks5(Box::new(socks))
}

fn carries(proxy: &Proxy, mut handshake: Handshake) {
    let calm = AtomicBool::new(false);
    let mut passage = dial_through(&[proxy.address], &mut handshake, SOON, &calm).unwrap();
    assert_eq!(passage.proxy, proxy.address);
    passage.stream.set_read_timeout(Some(SOON)).unwrap();
    let mut heard = passage.early;
    let mut buffer = [0; 100];
    while heard.len() < GREETING.len() {
        let count = passage.stream.read(&mut buffer).unwrap();
        assert!(count > 0, "it ended after {heard:?}");
        heard.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(heard, GREETING);
    passage.stream.write_all(b"echo").unwrap();
    passage.stream.read_exact(&mut buffer[..4]).unwrap();
    assert_eq!(&buffer[..4], b"echo");
}

fn refusal(proxy: &Proxy, mut handshake: Handshake) -> PassageError {
    let calm = AtomicBool::new(false);
    dial_through(&[proxy.address], &mut handshake, SOON, &calm).unwrap_err()
}

#[test]
fn http_connect_through_a_real_proxy() {
    let Some(proxy) = tinyproxy() else { return };
    let port = server();
    carries(&proxy, http(Target::new("localhost", port), ana("secret")));
    carries(&proxy, http(Target::new("127.0.0.1", port), ana("secret")));
    let wanted = refusal(&proxy, http(Target::new("127.0.0.1", port), None));
    assert!(wanted.concerns_credentials(), "{wanted}");
    let wrong = refusal(&proxy, http(Target::new("127.0.0.1", port), ana("wrong")));
    assert!(
        wrong.concerns_credentials() || wrong.to_string().contains("401"),
        "{wrong}"
    );
    let nowhere = free_address().port();
    let down = refusal(
        &proxy,
        http(Target::new("127.0.0.1", nowhere), ana("secret")),
    );
    assert!(down.to_string().contains("50"), "{down}");
}

#[test]
fn digest_through_a_real_proxy() {
    let Some(proxy) = squid() else { return };
    let port = server();
    carries(&proxy, http(Target::new("localhost", port), ana("secret")));
    let wanted = refusal(&proxy, http(Target::new("127.0.0.1", port), None));
    assert!(wanted.concerns_credentials(), "{wanted}");
    let wrong = refusal(&proxy, http(Target::new("127.0.0.1", port), ana("wrong")));
    assert!(wrong.concerns_credentials(), "{wrong}");
}

#[test]
fn socks5_through_a_real_proxy() {
    let Some(proxy) = microsocks() else { return };
    let port = server();
    carries(&proxy, socks(Target::new("localhost", port), ana("secret")));
    carries(&proxy, socks(Target::new("127.0.0.1", port), ana("secret")));
    let wanted = refusal(&proxy, socks(Target::new("127.0.0.1", port), None));
    assert!(wanted.concerns_credentials(), "{wanted}");
    let wrong = refusal(&proxy, socks(Target::new("127.0.0.1", port), ana("wrong")));
    assert!(wrong.concerns_credentials(), "{wrong}");
    let nowhere = free_address().port();
    let down = refusal(
        &proxy,
        socks(Target::new("127.0.0.1", nowhere), ana("secret")),
    );
    assert!(down.to_string().contains("refused"), "{down}");
}

#[test]
fn a_proxy_that_says_nothing_is_given_up() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let calm = AtomicBool::new(false);
    let mut handshake = http(Target::new("gateway.example", 443), None);
    let begun = Instant::now();
    let error = dial_through(
        &[mute.local_addr().unwrap()],
        &mut handshake,
        Duration::from_millis(300),
        &calm,
    )
    .unwrap_err();
    assert!(matches!(error, PassageError::TooSlow), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3));
}
