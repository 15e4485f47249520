//! `spoke` against the real OpenVPN server, its gateway described by an Azure profile.

mod common;

use spoke_lab::pki::Validity;
use spoke_lab::{Background, GREETING, Lab, LabError, Options, digest, pattern, places, quietly};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A stock OpenVPN server reads a key exchange of at most 2,048 bytes: with the
/// strings of a stock client 1,619 are left for the password (measured against 2.6.14).
const TOKEN_CHARS: usize = 1400;
const BYTES: usize = 100_000_000;

#[test]
fn spoke_passes_traffic_through_the_real_server() {
    if !common::has_program("openvpn") {
        return common::skip("openvpn is not installed (apt-get install openvpn)");
    }
    common::inside(
        "spoke_passes_traffic_through_the_real_server",
        || -> Result<(), LabError> {
            let (mut lab, mut server) = server_world(3600)?;
            common::ready_to_connect(&mut lab)?;
            let before = lab.host_snapshot()?;
            connect(&lab, &server)?;

            let ping = lab.user_runs(
                "ping",
                &["-c", "3", "-i", "0.2", places::INTRANET_HOST],
                quietly,
            )?;
            assert!(ping.success(), "{ping:?}\n{}", server.log());
            let page = lab.user_runs("curl", &["-sS", "http://10.20.0.10/"], quietly)?;
            assert!(page.stdout.contains(GREETING), "{page:?}");

            let script = format!(
                "set -eu\ncurl -sS http://10.20.0.10/bytes/{BYTES} -o down\n\
                 sha256sum < down | cut -d' ' -f1\n\
                 curl -sS --data-binary @down http://10.20.0.10/digest\n"
            );
            let moved = lab.user_runs("sh", &["-c", &script], quietly)?;
            let expected = digest(&pattern(BYTES));
            let sums: Vec<&str> = moved.stdout.split_whitespace().collect();
            assert_eq!(sums, [&expected, &expected], "{moved:?}");
            assert!(server.runs(), "{}", server.log());

            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}

#[test]
fn renegotiations_of_the_real_server_cost_no_packet() {
    if !common::has_program("openvpn") {
        return common::skip("openvpn is not installed (apt-get install openvpn)");
    }
    common::inside(
        "renegotiations_of_the_real_server_cost_no_packet",
        || -> Result<(), LabError> {
            let (mut lab, server) = server_world(20)?;
            common::ready_to_connect(&mut lab)?;
            connect(&lab, &server)?;
            // 50 seconds of traffic both ways see at least two renegotiations.
            let script = "set -eu\nping -q -c 250 -i 0.2 10.20.0.10 > pings &\n\
                          curl -sS --limit-rate 1M http://10.20.0.10/bytes/50000000 | sha256sum | cut -d' ' -f1\n\
                          wait $!\ncat pings\n";
            let moved = lab.user_runs("sh", &["-c", script], quietly)?;
            assert!(moved.success(), "{moved:?}");
            assert!(
                moved.stdout.contains(&digest(&pattern(50_000_000))),
                "{moved:?}"
            );
            assert!(moved.stdout.contains(" 0% packet loss"), "{moved:?}");

            let log = server.log();
            let exchanges = log.matches("Control Channel: TLSv1").count();
            assert!(exchanges >= 3, "{exchanges} key exchanges:\n{log}");
            assert_eq!(log.matches("Peer Connection Initiated").count(), 1, "{log}");
            let status = lab.spoke(&["status"])?;
            assert!(status.success(), "{status:?}");
            Ok(())
        },
    );
}

fn connect(lab: &Lab, server: &Background) -> Result<(), LabError> {
    let connected = lab.spoke(&["connect", "--timeout", "30s"])?;
    assert!(
        connected.success(),
        "{connected:?}\n{}\n{}",
        lab.daemon_log(),
        server.log()
    );
    Ok(())
}

/// The lab with a stock OpenVPN server in the gateway's place.
fn server_world(renegotiate_seconds: u64) -> Result<(Lab, Background), LabError> {
    let mut options = Options::default();
    options.sign_in.access_token_chars = TOKEN_CHARS;
    let lab = Lab::without_gateway(options)?;
    let folder = Path::new(spoke_lab::FOLDER).join("openvpn");
    std::fs::create_dir_all(&folder).map_err(LabError::io("make a folder"))?;
    let config = write_server(&lab, &folder, renegotiate_seconds)?;
    let mut command = Command::new("openvpn");
    command.arg("--config").arg(config);
    let mut server = Background::start(&lab.network.gateway, command, folder.join("log"))?;
    server.wait_until("ready", Duration::from_secs(10), |log| {
        log.contains("Initialization Sequence Completed")
    })?;
    Ok((lab, server))
}

fn write_server(lab: &Lab, folder: &Path, renegotiate_seconds: u64) -> Result<PathBuf, LabError> {
    let identity = lab
        .authority
        .server(&[places::GATEWAY_NAME], Validity::Current)?;
    let file = |name: &str, text: &str| common::write(&folder.join(name), text);
    file("chain.pem", &identity.chain)?;
    file("key.pem", &identity.key)?;
    file(
        "secret",
        &common::static_key_text(&lab.profile.server_secret),
    )?;
    // The check of this server: the user name, and that the token came whole, by its
    // three parts and its length. (It is in the environment since files are cut.)
    let check = format!(
        "#!/bin/sh\n[ \"$username\" = AzureAD ] && [ \"${{#password}}\" -ge {TOKEN_CHARS} ] && \
         [ \"$(printf %s \"$password\" | tr -cd . | wc -c)\" -eq 2 ]\n"
    );
    file("check", &check)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(folder.join("check"), mode)
        .map_err(LabError::io("make the check a program"))?;
    let config = format!(
        "mode server\ntls-server\nproto tcp-server\nport 443\ndev vpn0\ndev-type tun\ntopology subnet\n\
         server 172.16.201.0 255.255.255.0\ncert {folder}/chain.pem\nkey {folder}/key.pem\ndh none\n\
         ca /run/lab/root.pem\nverify-client-cert none\nusername-as-common-name\n\
         tls-auth {folder}/secret 0\nauth SHA256\ndata-ciphers AES-256-GCM\ncipher AES-256-GCM\n\
         script-security 3\nauth-user-pass-verify {folder}/check via-env\n\
         keepalive 10 60\nreneg-sec {renegotiate_seconds}\ntcp-nodelay\n\
         push \"route 10.20.0.0 255.255.0.0\"\npush \"dhcp-option DNS {dns}\"\n\
         push \"dhcp-option DOMAIN {suffix}\"\nverb 3\n",
        folder = folder.display(),
        dns = places::PRIVATE_DNS,
        suffix = places::PRIVATE_SUFFIX,
    );
    let path = folder.join("server.ovpn");
    common::write(&path, &config)?;
    Ok(path)
}
