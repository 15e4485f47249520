//! A gateway that is reached over IPv6, and a network in which one of the two families breaks.

mod common;

use spoke_lab::{Lab, LabError, Options, places, quietly};
use std::thread;
use std::time::{Duration, Instant};

fn lab() -> Result<Lab, LabError> {
    let mut options = Options::default();
    options.gateway.ipv6_outside = true;
    Lab::up(options)
}

fn works(lab: &Lab, arguments: &[&str]) -> Result<String, LabError> {
    let done = lab.spoke(arguments)?;
    assert!(
        done.success(),
        "{done:?}\n{}\n{}",
        lab.daemon_log(),
        lab.gateway_log()
    );
    Ok(done.stdout)
}

/// Waits until the connection is up and goes to this address; on the way there it may be lost at any moment.
fn goes_to(lab: &Lab, address: &str) -> Result<(), LabError> {
    let begun = Instant::now();
    loop {
        let status = lab.spoke(&["status", "-v"])?;
        if status.success() && status.stdout.contains(address) {
            return common::intranet_answers(lab, places::INTRANET);
        }
        let late = begun.elapsed() > Duration::from_secs(30);
        assert!(!late, "not {address}:\n{status:?}\n{}", lab.daemon_log());
        thread::sleep(Duration::from_millis(100));
    }
}

fn a_family_breaks(transport: &str) -> Result<(), LabError> {
    let mut lab = lab()?;
    let before = lab.host_snapshot()?;
    common::ready_to_connect(&mut lab)?;
    let transport = format!("transport={transport}");
    works(&lab, &["profile", "set", places::PROFILE, &transport])?;
    works(&lab, &["connect", "--timeout", "30s"])?;
    goes_to(&lab, &places::GATEWAY_V6.to_string())?;

    let client = &lab.network.client;
    client.ip("-6 route del default")?;
    goes_to(&lab, &places::GATEWAY.to_string())?;
    let back = format!("-6 route add default via {}", places::CLIENT_ROUTER_V6);
    client.ip(&back)?;
    common::intranet_answers(&lab, places::INTRANET)?;

    works(&lab, &["disconnect"])?;
    let difference = before.difference(&lab.host_snapshot()?);
    assert!(difference.is_empty(), "{difference}");
    Ok(())
}

#[test]
fn over_tcp_the_other_family_takes_over() {
    spoke_lab::test_inside("over_tcp_the_other_family_takes_over", || {
        a_family_breaks("tcp")
    });
}

#[test]
fn over_udp_the_other_family_takes_over() {
    spoke_lab::test_inside("over_udp_the_other_family_takes_over", || {
        a_family_breaks("udp")
    });
}

/// Whether the gateway's router answers past the tunnel, by either family.
fn outside(lab: &Lab) -> Result<[bool; 2], LabError> {
    let ping = |host: String| {
        let reached = lab.user_runs("ping", &["-c", "1", "-W", "1", &host], quietly)?;
        Ok(reached.success())
    };
    Ok([
        ping(places::GATEWAY_ROUTER.to_string())?,
        ping(places::GATEWAY_ROUTER_V6.to_string())?,
    ])
}

#[test]
fn a_lockdown_lets_only_the_tunnel_out_over_ipv6() {
    spoke_lab::test_inside(
        "a_lockdown_lets_only_the_tunnel_out_over_ipv6",
        || -> Result<(), LabError> {
            let mut lab = lab()?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            assert_eq!(outside(&lab)?, [true, true]);
            let dead = format!("route add unreachable {}/32", places::GATEWAY);
            lab.network.client.ip(&dead)?;

            works(&lab, &["settings", "set", "lockdown=true"])?;
            works(&lab, &["connect", "--timeout", "30s"])?;
            goes_to(&lab, &places::GATEWAY_V6.to_string())?;
            assert_eq!(outside(&lab)?, [false, false]);
            works(&lab, &["disconnect"])?;
            let alive = dead.replace("route add", "route del");
            lab.network.client.ip(&alive)?;
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}
