//! Settings that change while a connection is up: only the difference reaches the computer, and all of it goes again.

mod common;

use spoke_lab::{GREETING, Lab, LabError, Options, quietly};
use std::time::{Duration, Instant};

#[test]
fn routes_and_names_follow_the_gateway_while_connected() {
    spoke_lab::test_inside(
        "routes_and_names_follow_the_gateway_while_connected",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            let connected = lab.spoke(&["connect", "--timeout", "40s"])?;
            assert!(connected.success(), "{connected:?}\n{}", lab.daemon_log());

            lab.change_pushes(&["10.20.0.0/16", "10.30.0.0/16"], "other.internal")?;
            comes_to(&lab, |network| {
                network.contains("10.30.0.0/16") && network.contains("other.internal")
            });
            let status = lab.spoke(&["status", "-v"])?;
            assert!(status.stdout.contains("10.30.0.0/16"), "{status:?}");
            moves(&lab)?;

            // Taking all traffic needs a way past the tunnel for the gateway, which outlives the device.
            lab.change_pushes(&["0.0.0.0/1", "128.0.0.0/1"], "other.internal")?;
            comes_to(&lab, |network| {
                network.contains("128.0.0.0/1") && !network.contains("10.30.0.0/16")
            });
            moves(&lab)?;

            lab.change_pushes(&["10.20.0.0/16"], "contoso.internal")?;
            comes_to(&lab, |network| {
                network.contains("10.20.0.0/16") && !network.contains("128.0.0.0/1")
            });
            moves(&lab)?;
            let log = lab.gateway_log();
            assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");

            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}

/// Waits until the computer's routes of ours and its resolver's file are so.
#[expect(clippy::panic, reason = "a helper of tests may fail like a test")]
fn comes_to(lab: &Lab, wanted: impl Fn(&str) -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    let client = &lab.network.client;
    let mut network = String::new();
    while Instant::now() < end {
        network = client.ip("route show proto 83").unwrap_or_default();
        let resolver = std::fs::read_to_string(client.etc_file("resolv.conf"));
        network.push_str(&resolver.unwrap_or_default());
        if wanted(&network) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{network}\n{}\n{}", lab.daemon_log(), lab.gateway_log());
}

fn moves(lab: &Lab) -> Result<(), LabError> {
    let page = lab.user_runs("curl", &["-sS", "http://10.20.0.10/"], quietly)?;
    assert!(
        page.stdout.contains(GREETING),
        "{page:?}\n{}",
        lab.daemon_log()
    );
    Ok(())
}
