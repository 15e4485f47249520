//! Through real proxies to the real OpenVPN server, with no other way to it.

mod common;

use common::real_server::server_world;
use spoke_lab::{Background, GREETING, Lab, LabError, places, quietly};
use std::process::Command;
use std::time::Duration;

const PORT: u16 = 3128;

#[test]
fn an_http_proxy_leads_to_the_real_server() {
    if !common::has_program("openvpn") || !common::has_program("tinyproxy") {
        return common::skip("openvpn or tinyproxy is not installed");
    }
    common::inside(
        "an_http_proxy_leads_to_the_real_server",
        || -> Result<(), LabError> {
            let (lab, server) = server_world(3600)?;
            let config = lab.home().join("tinyproxy.conf");
            let text = format!(
                "Port {PORT}\nListen {}\nTimeout 600\nMaxClients 20\nConnectPort 443\n",
                places::SIGN_IN
            );
            common::write(&config, &text)?;
            let config = config.display().to_string();
            leads_through(lab, server, &["tinyproxy", "-d", "-c", &config], "http")
        },
    );
}

#[test]
fn a_socks_proxy_leads_to_the_real_server() {
    if !common::has_program("openvpn") || !common::has_program("microsocks") {
        return common::skip("openvpn or microsocks is not installed");
    }
    common::inside(
        "a_socks_proxy_leads_to_the_real_server",
        || -> Result<(), LabError> {
            let (lab, server) = server_world(3600)?;
            let (address, port) = (places::SIGN_IN.to_string(), PORT.to_string());
            let proxy = ["microsocks", "-i", &address, "-p", &port];
            leads_through(lab, server, &proxy, "socks5")
        },
    );
}

fn leads_through(
    mut lab: Lab,
    server: Background,
    proxy: &[&str],
    kind: &str,
) -> Result<(), LabError> {
    // Only the proxy knows where the gateway is.
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
    let proxy = Background::start(&lab.network.internet, command, log)?;
    let setting = format!("proxy={kind}://{}:{PORT}", places::SIGN_IN);
    let client = &lab.network.client;
    client.ip(&format!("route add unreachable {}/32", places::GATEWAY))?;
    common::ready_to_connect(&mut lab)?;
    let set = lab.spoke(&["profile", "set", places::PROFILE, &setting])?;
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
