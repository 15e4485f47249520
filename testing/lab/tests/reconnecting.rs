//! What becomes of traffic while the tunnel is down and meant to be up.

mod common;

use spoke_lab::{Lab, LabError, Options, quietly};
use std::thread;
use std::time::Duration;

/// Which way the user's packets into the virtual network go.
fn way(lab: &Lab) -> Result<String, LabError> {
    let shown = lab.user_runs("ip", &["route", "get", "10.20.0.10"], quietly)?;
    Ok(shown.stdout)
}

#[test]
fn nothing_for_the_tunnel_goes_past_it_while_reconnecting() {
    spoke_lab::test_inside(
        "nothing_for_the_tunnel_goes_past_it_while_reconnecting",
        || -> Result<(), LabError> {
            let options = Options::default();
            let gateway = options.gateway.clone();
            let mut lab = Lab::up(options)?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            let connected = lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            assert!(way(&lab)?.contains("spoke0"), "{}", way(&lab)?);

            lab.stop_gateway();
            common::wait_for(&lab, "reconnecting")?;
            // Over several attempts; a packet now would meet the tunnel's device alone.
            for _ in 0..20 {
                assert!(way(&lab)?.contains("spoke0"), "{}", way(&lab)?);
                thread::sleep(Duration::from_millis(200));
            }
            lab.start_gateway(&gateway)?;
            lab.spoke(&["connect", "--no-wait"])?;
            common::wait_for(&lab, "connected")?;
            let page = lab.user_runs(
                "curl",
                &["-sS", "--max-time", "10", "http://10.20.0.10/"],
                quietly,
            )?;
            assert!(
                page.stdout.contains("intranet"),
                "{page:?}\n{}",
                lab.daemon_log()
            );

            let paused = lab.spoke(&["pause", "10m"])?;
            assert!(paused.success(), "{paused:?}");
            common::wait_for(&lab, "paused")?;
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(
                difference.is_empty(),
                "a pause leaves nothing:\n{difference}"
            );
            let resumed = lab.spoke(&["resume"])?;
            assert!(resumed.success(), "{resumed:?}");
            common::wait_for(&lab, "connected")?;
            let disconnected = lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}
