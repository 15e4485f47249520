//! Why a host can, or cannot, be reached, by the word of the built programs.

mod common;

use spoke_lab::{Finished, Lab, LabError, Options, places};

fn explained(lab: &Lab, target: &str) -> Result<(Finished, String), LabError> {
    let finished = lab.spoke(&["explain", target, "--json"])?;
    let start = "\"verdict\":\"";
    let rest = finished.stdout.split_once(start).map(|(_, rest)| rest);
    let verdict = rest.and_then(|rest| rest.split('"').next());
    let verdict = verdict.unwrap_or_default().to_owned();
    Ok((finished, verdict))
}

#[test]
fn what_is_behind_the_tunnel_is_explained() {
    spoke_lab::test_inside(
        "what_is_behind_the_tunnel_is_explained",
        || -> Result<(), LabError> {
            let mut lab = Lab::up(Options::default())?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            let probed = lab.spoke(&["probe"])?;
            assert!(probed.success(), "{probed:?}");
            assert!(probed.stdout.contains("tls"), "{probed:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(
                difference.is_empty(),
                "a test changes nothing:\n{difference}"
            );

            let web = format!("http://{}/", places::INTRANET_HOST);
            for target in [web.as_str(), "10.20.0.10:80"] {
                let (finished, verdict) = explained(&lab, target)?;
                assert_eq!(verdict, "not_connected", "{finished:?}");
                assert_eq!(finished.code(), Some(1), "{finished:?}");
            }
            let connected = lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            for (target, expected, code) in [
                (web.as_str(), "reached_inside", 0),
                ("10.20.0.10:80", "reached_inside", 0),
                ("10.20.0.10:81", "port_closed", 1),
                ("no-such.contoso.internal", "no_such_name", 1),
                ("10.99.0.1", "no_route", 1),
            ] {
                let (finished, verdict) = explained(&lab, target)?;
                assert_eq!(verdict, expected, "{target}: {finished:?}");
                assert_eq!(finished.code(), Some(code), "{target}: {finished:?}");
            }
            let asked = lab.spoke(&["dns", "query", places::INTRANET_HOST])?;
            assert!(
                asked.stdout.contains("10.20.0.10, by 10.20.0.4"),
                "{asked:?}"
            );
            let shown = lab.spoke(&["route", "show", "10.20.0.10"])?;
            assert!(shown.stdout.contains("goes into the tunnel"), "{shown:?}");
            let listed = lab.spoke(&["route", "list"])?;
            assert!(
                listed.stdout.contains(places::VIRTUAL_NETWORK),
                "{listed:?}"
            );
            let again = lab.spoke(&["reconnect"])?;
            assert!(again.success(), "{again:?}");
            let status = lab.spoke(&["dns", "status"])?;
            assert!(status.stdout.contains("10.20.0.4"), "{status:?}");
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}
