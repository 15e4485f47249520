//! Another program, or the network itself, changes what a connection has set.

mod common;

use spoke_lab::{Lab, LabError, Options, places, quietly};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// Longest until it is set again.
const SOON: Duration = Duration::from_secs(8);

fn until(lab: &Lab, what: &str, so: impl Fn() -> Result<bool, LabError>) -> Result<(), LabError> {
    let begun = Instant::now();
    while !so()? {
        let late = begun.elapsed() > SOON;
        assert!(!late, "still not so: {what}\n{}", lab.daemon_log());
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Which way the user's packets into the virtual network go.
fn way(lab: &Lab) -> Result<String, LabError> {
    let host = places::INTRANET.to_string();
    let shown = lab.user_runs("ip", &["route", "get", &host], quietly)?;
    Ok(shown.stdout)
}

fn connected() -> Result<Lab, LabError> {
    let mut lab = Lab::up(Options::default())?;
    common::ready_to_connect(&mut lab)?;
    let connected = lab.spoke(&["connect"])?;
    assert!(connected.success(), "{connected:?}");
    common::intranet_answers(&lab, places::INTRANET_HOST)?;
    Ok(lab)
}

#[test]
fn what_another_program_takes_away_is_set_again() {
    spoke_lab::test_inside(
        "what_another_program_takes_away_is_set_again",
        || -> Result<(), LabError> {
            let lab = connected()?;
            let client = &lab.network.client;
            let network = places::VIRTUAL_NETWORK;
            let inside = || Ok(way(&lab)?.contains("spoke0"));

            client.ip(&format!("route del {network} dev spoke0"))?;
            until(&lab, "the route is back", inside)?;
            client.ip("link set spoke0 down")?;
            until(&lab, "the device is up again", inside)?;
            client.ip("addr flush dev spoke0")?;
            until(&lab, "the address is back", inside)?;
            common::intranet_answers(&lab, places::INTRANET_HOST)?;

            let foreign = format!("nameserver {}\nsearch lan\n", places::PUBLIC_DNS);
            let file = client.etc_file("resolv.conf");
            let trouble = || LabError::io("write another resolv.conf");
            fs::write(&file, &foreign).map_err(trouble())?;
            until(&lab, "DNS is back", || {
                let text = fs::read_to_string(&file).map_err(trouble())?;
                Ok(text.contains(&places::PRIVATE_DNS.to_string()))
            })?;
            common::intranet_answers(&lab, places::INTRANET_HOST)?;

            let status = lab.spoke(&["status", "--json"])?;
            for said in [
                "took the route to 10.20.0.0/16 away",
                "took a setting of spoke0 away",
                "took the DNS in /etc/resolv.conf away",
            ] {
                assert!(status.stdout.contains(said), "{said}: {status:?}");
            }
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            // What the other program wrote is what the user had last.
            let left = fs::read_to_string(&file).map_err(trouble())?;
            assert_eq!(left, foreign);
            Ok(())
        },
    );
}

#[test]
fn a_dhcp_server_cannot_lead_traffic_past_the_tunnel() {
    spoke_lab::test_inside(
        "a_dhcp_server_cannot_lead_traffic_past_the_tunnel",
        || -> Result<(), LabError> {
            let lab = connected()?;
            let client = &lab.network.client;
            let (host, router) = (places::INTRANET, places::CLIENT_ROUTER);
            let inside = || Ok(way(&lab)?.contains("spoke0"));

            let rogue = format!("10.20.0.0/24 via {router} proto dhcp metric 100");
            client.ip(&format!("route add {rogue}"))?;
            until(&lab, "a prefix is led back", inside)?;
            let best = format!("10.20.0.0/28 via {router} proto dhcp");
            client.ip(&format!("route add {best}"))?;
            until(&lab, "so is one with the best metric", inside)?;
            common::intranet_answers(&lab, places::INTRANET_HOST)?;
            let status = lab.spoke(&["status"])?;
            let told = "leads 10.20.0.0/24 past the tunnel (by DHCP or as a router)";
            assert!(status.stdout.contains(told), "{status:?}");

            client.ip(&format!("route del {best}"))?;
            client.ip(&format!("route del {rogue}"))?;
            until(&lab, "nothing is left of it", || {
                let routes = client.ip("route show dev spoke0")?;
                Ok(!routes.contains("10.20.0.0/24") && !routes.contains("/29"))
            })?;

            // What the user chose is the user's.
            client.ip(&format!("route add {host}/32 via {router} proto static"))?;
            thread::sleep(Duration::from_secs(2));
            assert!(way(&lab)?.contains("eth0"), "{}", way(&lab)?);
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            Ok(())
        },
    );
}
