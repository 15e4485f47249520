//! Through real proxies to the real OpenVPN server, with no other way to it.

mod common;

use common::real_server::{server_world, server_world_over};
use spoke_lab::{Background, GREETING, Lab, LabError, places, quietly};
use std::process::Command;
use std::time::Duration;

const PORT: u16 = 3128;
const TCP: &str = "transport=tcp";

#[test]
fn an_http_proxy_leads_to_the_real_server() {
    if !["openvpn", "tinyproxy"]
        .into_iter()
        .all(spoke_needs::program)
    {
        return;
    }
    spoke_lab::test_inside(
        "an_http_proxy_leads_to_the_real_server",
        || -> Result<(), LabError> {
            let (lab, server) = server_world(3600)?;
            let config = tinyproxy(&lab, "")?;
            leads_through(
                lab,
                server,
                &["tinyproxy", "-d", "-c", &config],
                TCP,
                "http",
            )
        },
    );
}

#[test]
fn a_socks_proxy_leads_to_the_real_server() {
    if !["openvpn", "microsocks"]
        .into_iter()
        .all(spoke_needs::program)
    {
        return;
    }
    spoke_lab::test_inside(
        "a_socks_proxy_leads_to_the_real_server",
        || -> Result<(), LabError> {
            let (lab, server) = server_world(3600)?;
            let (address, port) = (places::SIGN_IN.to_string(), PORT.to_string());
            let proxy = ["microsocks", "-i", &address, "-p", &port];
            leads_through(lab, server, &proxy, TCP, "socks5")
        },
    );
}

#[test]
fn a_socks_proxy_relays_the_datagrams_of_the_real_server() {
    if !["openvpn", "danted"].into_iter().all(spoke_needs::program) {
        return;
    }
    spoke_lab::test_inside(
        "a_socks_proxy_relays_the_datagrams_of_the_real_server",
        || -> Result<(), LabError> {
            let (lab, server) = server_world_over("udp", 3600)?;
            let config = danted(&lab)?;
            let process = lab.home().join("danted.pid").display().to_string();
            let proxy = ["danted", "-N", "1", "-p", &process, "-f", &config];
            leads_through(lab, server, &proxy, "transport=udp", "socks5")
        },
    );
}

#[test]
fn the_password_for_a_proxy_is_asked_once_and_kept() {
    if !["openvpn", "tinyproxy", "script"]
        .into_iter()
        .all(spoke_needs::program)
    {
        return;
    }
    spoke_lab::test_inside(
        "the_password_for_a_proxy_is_asked_once_and_kept",
        || -> Result<(), LabError> {
            let (mut lab, server) = server_world(3600)?;
            let config = tinyproxy(&lab, "BasicAuth ana secret\n")?;
            let proxy = start(&lab, &["tinyproxy", "-d", "-c", &config])?;
            common::ready_to_connect(&mut lab)?;
            let setting = format!("proxy=http://ana@{}:{PORT}", places::SIGN_IN);
            let set = lab.spoke(&["profile", "set", places::PROFILE, &setting])?;
            assert!(set.success(), "{set:?}");

            let unasked = lab.spoke(&["connect", "--timeout", "30s"])?;
            assert_eq!(unasked.code(), Some(6), "{unasked:?}");
            let text = format!("{}{}", unasked.stdout, unasked.stderr);
            assert!(text.contains("asks for a user name and password"), "{text}");

            let spoke = lab.spoke_command(&[])?.get_program().to_owned();
            let connect = format!("'{}' connect --remember", spoke.to_string_lossy());
            // A person at a terminal: the name is right, the password is typed.
            let person = "{ sleep 2; printf '\\r'; sleep 1; printf 'secret\\r'; sleep 6; } \
                          | script -qec \"$0\" /dev/null";
            let asked = lab.user_runs("sh", &["-c", person, &connect], quietly)?;
            assert!(
                asked.success(),
                "{asked:?}\n{}\n{}\n{}",
                lab.daemon_log(),
                proxy.log(),
                server.log()
            );
            assert!(!asked.stdout.contains("secret"), "{asked:?}");
            let page = lab.user_runs("curl", &["-sS", "http://10.20.0.10/"], quietly)?;
            assert!(page.stdout.contains(GREETING), "{page:?}");
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");

            let again = lab.spoke(&["connect", "--timeout", "30s"])?;
            assert!(again.success(), "{again:?}\n{}", lab.daemon_log());
            assert!(!lab.daemon_log().contains("secret"));
            Ok(())
        },
    );
}

/// A configuration for tinyproxy at the sign-in server's address.
fn tinyproxy(lab: &Lab, more: &str) -> Result<String, LabError> {
    let config = lab.home().join("tinyproxy.conf");
    let text = format!(
        "Port {PORT}\nListen {}\nTimeout 600\nMaxClients 20\nConnectPort 443\n{more}",
        places::SIGN_IN
    );
    common::write(&config, &text)?;
    Ok(config.display().to_string())
}

/// A configuration for Dante at the same address.
fn danted(lab: &Lab) -> Result<String, LabError> {
    let config = lab.home().join("danted.conf");
    let text = format!(
        "logoutput: stderr\ninternal: {address} port = {PORT}\nexternal: {address}\n\
         socksmethod: none\nclientmethod: none\nuser.privileged: root\nuser.unprivileged: root\n\
         client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\n\
         socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 command: udpassociate udpreply }}\n",
        address = places::SIGN_IN,
    );
    common::write(&config, &text)?;
    Ok(config.display().to_string())
}

/// Starts a proxy that alone knows where the gateway is.
fn start(lab: &Lab, proxy: &[&str]) -> Result<Background, LabError> {
    let hosts = lab.home().join("hosts");
    common::write(
        &hosts,
        &format!("{} {}\n", places::GATEWAY, places::GATEWAY_HOST),
    )?;
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-c"])
        .arg("mount --bind \"$0\" /etc/hosts && exec \"$@\"")
        .arg(&hosts)
        .args(proxy);
    let log = lab.home().join("proxy.log");
    Background::start(&lab.network.internet, command, log)
}

fn leads_through(
    mut lab: Lab,
    server: Background,
    proxy: &[&str],
    transport: &str,
    kind: &str,
) -> Result<(), LabError> {
    let proxy = start(&lab, proxy)?;
    let setting = format!("proxy={kind}://{}:{PORT}", places::SIGN_IN);
    let client = &lab.network.client;
    client.ip(&format!("route add unreachable {}/32", places::GATEWAY))?;
    common::ready_to_connect(&mut lab)?;
    let set = lab.spoke(&["profile", "set", places::PROFILE, transport, &setting])?;
    assert!(set.success(), "{set:?}");
    let before = lab.host_snapshot()?;
    std::thread::sleep(Duration::from_millis(200));
    let connected = lab.spoke(&["connect", "--timeout", "30s"])?;
    assert!(
        connected.success(),
        "{connected:?}\n{}\n{}\n{}",
        lab.daemon_log(),
        proxy.log(),
        server.log()
    );
    // The way to the proxy is the one that is kept outside of the tunnel.
    let way = lab
        .network
        .client
        .ip(&format!("route get {}", places::SIGN_IN))?;
    assert!(way.contains("eth0"), "{way}");
    let page = lab.user_runs("curl", &["-sS", "http://10.20.0.10/"], quietly)?;
    assert!(page.stdout.contains(GREETING), "{page:?}");
    let asked = lab.public_queries.names();
    assert!(
        !asked.iter().any(|name| name == places::GATEWAY_HOST),
        "the gateway's name was asked for: {asked:?}"
    );
    let disconnected = lab.spoke(&["disconnect"])?;
    assert!(disconnected.success(), "{disconnected:?}");
    let difference = before.difference(&lab.host_snapshot()?);
    assert!(difference.is_empty(), "{difference}");
    Ok(())
}
