//! The main job over UDP, and what only UDP has: an address that changes under a
//! connection.

mod common;

use spoke_lab::{GREETING, Lab, LabError, Options, digest, pattern, places, quietly};

const BYTES: usize = 5_000_000;

fn connect_by_udp(lab: &mut Lab) -> Result<(), LabError> {
    common::ready_to_connect(lab)?;
    let set = lab.spoke(&["profile", "set", places::PROFILE, "transport=udp"])?;
    assert!(set.success(), "{set:?}");
    let connected = lab.spoke(&["connect", "--timeout", "40s"])?;
    assert!(
        connected.success(),
        "{connected:?}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
    Ok(())
}

#[test]
fn a_connection_over_udp_outlives_a_change_of_address() {
    common::inside(
        "a_connection_over_udp_outlives_a_change_of_address",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            let before = lab.host_snapshot()?;
            connect_by_udp(&mut lab)?;
            let status = lab.spoke(&["status", "-v"])?;
            assert!(status.stdout.contains("UDP"), "{status:?}");
            moves(&lab)?;

            // The computer gets another address from its router.
            let client = &lab.network.client;
            client
                .run(|| std::fs::write("/proc/sys/net/ipv4/conf/all/promote_secondaries", "1"))?
                .map_err(LabError::io("let addresses stay"))?;
            client.ip("addr add 192.168.77.11/24 dev eth0")?;
            client.ip("addr del 192.168.77.10/24 dev eth0")?;
            client.ip("route replace default via 192.168.77.1")?;
            moves(&lab)?;
            let log = lab.gateway_log();
            assert!(log.contains("event=floated"), "{log}\n{}", lab.daemon_log());
            assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");

            client.ip("addr add 192.168.77.10/24 dev eth0")?;
            client.ip("addr del 192.168.77.11/24 dev eth0")?;
            client.ip("route replace default via 192.168.77.1")?;
            moves(&lab)?;
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            assert!(lab.gateway_log().contains("event=closed"));
            Ok(())
        },
    );
}

#[test]
fn a_gateway_that_is_not_there_says_so_at_once() {
    common::inside(
        "a_gateway_that_is_not_there_says_so_at_once",
        || -> Result<(), LabError> {
            let mut lab = Lab::without_gateway(Options::default())?;
            common::ready_to_connect(&mut lab)?;
            let set = lab.spoke(&["profile", "set", places::PROFILE, "transport=udp"])?;
            assert!(set.success(), "{set:?}");
            let failed = lab.spoke(&["connect", "--timeout", "40s"])?;
            assert_eq!(failed.code(), Some(6), "{failed:?}");
            let text = format!("{}{}", failed.stdout, failed.stderr).to_lowercase();
            assert!(text.contains("refused"), "{text}");
            Ok(())
        },
    );
}

/// Traffic both ways, unharmed.
fn moves(lab: &Lab) -> Result<(), LabError> {
    let ping = lab.user_runs("ping", &["-c", "3", "-i", "0.2", "10.20.0.10"], quietly)?;
    assert!(
        ping.success(),
        "{ping:?}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
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
    Ok(())
}
