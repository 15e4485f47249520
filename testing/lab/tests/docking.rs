//! A second link that everything goes by as soon as it is there, while the first stays: a laptop that is put into its dock.

mod common;

use spoke_lab::{Lab, LabError, Options, places};
use std::thread;
use std::time::{Duration, Instant};

/// The user's computer on its cable.
const DOCKED: &str = "192.168.78.10";
const DOCK_ROUTER: &str = "192.168.78.1";

/// Plugs the cable in. Routes over it are preferred, as a desktop does it.
fn dock(lab: &Lab) -> Result<(), LabError> {
    let (client, internet) = (&lab.network.client, &lab.network.internet);
    let id = client.thread_id();
    internet.ip(&format!(
        "link add name dock type veth peer name eth1 netns {id}"
    ))?;
    internet.ip(&format!("addr add {DOCK_ROUTER}/24 dev dock"))?;
    internet.ip("link set dock up")?;
    client.ip(&format!("addr add {DOCKED}/24 dev eth1"))?;
    client.ip("link set eth1 up")?;
    let wireless = places::CLIENT_ROUTER;
    client.ip(&format!("route add default via {wireless} metric 600"))?;
    client.ip(&format!("route del default via {wireless} metric 0"))?;
    client.ip(&format!("route add default via {DOCK_ROUTER} metric 100"))?;
    Ok(())
}

/// Waits until the gateway says this of a client at `address`.
fn gateway_says(lab: &Lab, event: &str, address: &str) -> Result<(), LabError> {
    let begun = Instant::now();
    loop {
        let log = lab.gateway_log();
        let says = |line: &str| line.contains(event) && line.contains(address);
        if log.lines().any(says) {
            break;
        }
        let late = begun.elapsed() > Duration::from_secs(30);
        assert!(
            !late,
            "no {event} of {address}:\n{log}\n{}",
            lab.daemon_log()
        );
        thread::sleep(Duration::from_millis(50));
    }
    common::wait_for(lab, "connected")?;
    common::intranet_answers(lab, places::INTRANET)
}

fn docked_and_undocked(settings: &[&str], event: &str) -> Result<Lab, LabError> {
    let mut lab = Lab::up(Options::default())?;
    common::ready_to_connect(&mut lab)?;
    let set: Vec<&str> = ["profile", "set", places::PROFILE]
        .iter()
        .chain(settings)
        .copied()
        .collect();
    for words in [&set[..], &["connect", "--timeout", "30s"]] {
        let done = lab.spoke(words)?;
        assert!(done.success(), "{done:?}\n{}", lab.daemon_log());
    }
    gateway_says(&lab, "event=accepted", &places::CLIENT.to_string())?;
    dock(&lab)?;
    gateway_says(&lab, event, DOCKED)?;
    lab.network.internet.ip("link del dock")?;
    Ok(lab)
}

#[test]
fn over_tcp_a_connection_is_made_anew_by_the_better_link() {
    spoke_lab::test_inside(
        "over_tcp_a_connection_is_made_anew_by_the_better_link",
        || -> Result<(), LabError> {
            let lab = docked_and_undocked(&["transport=tcp"], "event=accepted")?;
            let begun = Instant::now();
            while lab.gateway_log().matches("event=accepted ").count() < 3 {
                let late = begun.elapsed() > Duration::from_secs(30);
                assert!(!late, "{}\n{}", lab.gateway_log(), lab.daemon_log());
                thread::sleep(Duration::from_millis(50));
            }
            gateway_says(&lab, "event=accepted", &places::CLIENT.to_string())
        },
    );
}

#[test]
fn over_udp_a_connection_goes_on_by_the_better_link() {
    spoke_lab::test_inside(
        "over_udp_a_connection_goes_on_by_the_better_link",
        || -> Result<(), LabError> {
            let lab = docked_and_undocked(&["transport=udp"], "event=floated")?;
            gateway_says(&lab, "event=floated", &places::CLIENT.to_string())?;
            let log = lab.gateway_log();
            assert_eq!(log.matches("event=accepted ").count(), 1, "{log}");
            Ok(())
        },
    );
}

/// The route that keeps the gateway out of the tunnel has to follow first. It goes with the link, and then the tunnel is the
/// only way, so that a new connection is made.
#[test]
fn with_all_traffic_in_the_tunnel_too() {
    spoke_lab::test_inside(
        "with_all_traffic_in_the_tunnel_too",
        || -> Result<(), LabError> {
            let settings = ["transport=udp", "include=0.0.0.0/0"];
            let lab = docked_and_undocked(&settings, "event=floated")?;
            gateway_says(&lab, "event=accepted", &places::CLIENT.to_string())
        },
    );
}
