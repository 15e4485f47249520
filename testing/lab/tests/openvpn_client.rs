//! The real OpenVPN client against the gateway.

mod common;

use spoke_lab::{
    Background, GREETING, GatewayOptions, Lab, LabError, Options, digest, pattern, places, quietly,
};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Longest password that a stock client sends is 1,619 characters less the user
/// name (measured against OpenVPN 2.6.14).
const TOKEN_CHARS: usize = 1500;
const MEBIBYTE: usize = 1 << 20;

#[test]
fn the_real_client_passes_traffic_through_the_gateway() {
    if !spoke_needs::program("openvpn") {
        return;
    }
    spoke_lab::test_inside(
        "the_real_client_passes_traffic_through_the_gateway",
        || -> Result<(), LabError> {
            let mut options = Options::default();
            options.sign_in.access_token_chars = TOKEN_CHARS;
            options.gateway = GatewayOptions {
                renegotiate_seconds: 4,
                ..GatewayOptions::default()
            };
            let lab = Lab::up(options)?;
            let mut command = Command::new("openvpn");
            command.arg("--config").arg(write_config(&lab, "tcp")?);
            let mut openvpn =
                Background::start(&lab.network.client, command, lab.home().join("openvpn.log"))?;
            openvpn.wait_until("connected", Duration::from_secs(20), |log| {
                log.contains("Initialization Sequence Completed")
            })?;

            let ping = lab.user_runs("ping", &["-c", "3", "-i", "0.2", "10.20.0.10"], quietly)?;
            assert!(ping.success(), "{ping:?}\n{}", lab.gateway_log());
            let page = lab.user_runs("curl", &["-sS", "http://10.20.0.10/"], quietly)?;
            assert!(page.stdout.contains(GREETING), "{page:?}");

            // Down, then up, across at least one renegotiation.
            let script = r#"
set -eu
curl -sS --limit-rate 4M http://10.20.0.10/bytes/33554432 -o down
sha256sum < down | cut -d' ' -f1
curl -sS --data-binary @down http://10.20.0.10/digest
"#;
            let moved = lab.user_runs("sh", &["-c", script], quietly)?;
            let expected = digest(&pattern(32 * MEBIBYTE));
            let sums: Vec<&str> = moved.stdout.split_whitespace().collect();
            assert_eq!(sums, [&expected, &expected], "{moved:?}");

            let log = lab.gateway_log();
            assert!(log.contains("renegotiation=true"), "{log}");
            assert!(!openvpn.log().contains("Restart"), "{}", openvpn.log());
            assert!(openvpn.runs());
            Ok(())
        },
    );
}

#[test]
fn the_real_client_changes_its_address_over_udp() {
    if !spoke_needs::program("openvpn") {
        return;
    }
    spoke_lab::test_inside(
        "the_real_client_changes_its_address_over_udp",
        || -> Result<(), LabError> {
            let mut options = Options::default();
            options.sign_in.access_token_chars = TOKEN_CHARS;
            let lab = Lab::up(options)?;
            let mut command = Command::new("openvpn");
            command.arg("--config").arg(write_config(&lab, "udp")?);
            let mut openvpn =
                Background::start(&lab.network.client, command, lab.home().join("openvpn.log"))?;
            openvpn.wait_until("connected", Duration::from_secs(20), |log| {
                log.contains("Initialization Sequence Completed")
            })?;
            let ping = ["-c", "3", "-i", "0.2", "10.20.0.10"];
            let before = lab.user_runs("ping", &ping, quietly)?;
            assert!(before.success(), "{before:?}\n{}", lab.gateway_log());
            lab.move_user()?;
            let after = lab.user_runs("ping", &ping, quietly)?;
            assert!(after.success(), "{after:?}\n{}", lab.gateway_log());
            let log = lab.gateway_log();
            assert!(log.contains("event=floated"), "{log}");
            assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");
            assert!(!openvpn.log().contains("Restart"), "{}", openvpn.log());
            Ok(())
        },
    );
}

fn write_config(lab: &Lab, transport: &str) -> Result<PathBuf, LabError> {
    let home = lab.home();
    let token = lab.sign_in.access_token()?;
    assert!(token.len() >= TOKEN_CHARS);
    let mut config = format!(
        "client\ndev tun\nproto {transport}\nremote {host} 443\nnobind\nresolv-retry 5\n\
         verify-x509-name {name} name\nremote-cert-tls server\nca /run/lab/root.pem\n\
         auth SHA256\ndata-ciphers AES-256-GCM\nkey-direction 1\ntls-version-min 1.2\n\
         auth-user-pass {home}/credentials\nverb 3\n<tls-auth>\n",
        host = places::GATEWAY_HOST,
        name = places::GATEWAY_NAME,
        home = home.display(),
    );
    config += &common::static_key_text(&lab.profile.server_secret);
    let _ = writeln!(config, "</tls-auth>");
    let path = home.join("client.ovpn");
    common::write(&path, &config)?;
    common::write(&home.join("credentials"), &format!("AzureAD\n{token}\n"))?;
    Ok(path)
}
