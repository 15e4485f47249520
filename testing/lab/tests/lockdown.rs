//! With a lockdown nothing leaves the computer but through the tunnel, whatever becomes of it.

mod common;

use spoke_lab::{GREETING, Lab, LabError, Options, places, quietly};
use std::thread;
use std::time::{Duration, Instant};

fn works(lab: &Lab, arguments: &[&str]) -> Result<(), LabError> {
    let done = lab.spoke(arguments)?;
    assert!(done.success(), "{done:?}\n{}", lab.daemon_log());
    Ok(())
}

/// Whether a host of the internet can be reached past the tunnel.
fn outside(lab: &Lab) -> Result<bool, LabError> {
    let host = places::PUBLIC_DNS.to_string();
    let reached = lab.user_runs("ping", &["-c", "1", "-W", "1", &host], quietly)?;
    Ok(reached.success())
}

fn inside_answers(lab: &Lab) -> Result<bool, LabError> {
    let page = format!("http://{}/", places::INTRANET);
    let page = lab.user_runs("curl", &["-sS", "--max-time", "5", &page], quietly)?;
    Ok(page.stdout.contains(GREETING))
}

fn closed_for(lab: &Lab, time: Duration, when: &str) -> Result<(), LabError> {
    let begun = Instant::now();
    while begun.elapsed() < time {
        assert!(!outside(lab)?, "open {when}\n{}", lab.daemon_log());
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

#[test]
fn nothing_goes_past_the_tunnel_until_the_disconnect() {
    spoke_lab::test_inside(
        "nothing_goes_past_the_tunnel_until_the_disconnect",
        || -> Result<(), LabError> {
            let options = Options::default();
            let gateway = options.gateway.clone();
            let mut lab = Lab::up(options)?;
            let before = lab.host_snapshot()?;
            common::ready_to_connect(&mut lab)?;
            assert!(outside(&lab)?, "the probe is seen without a lockdown");

            works(&lab, &["connect"])?;
            assert!(outside(&lab)?, "no lockdown unless somebody wants one");
            works(&lab, &["disconnect"])?;

            works(&lab, &["settings", "set", "lockdown=true"])?;
            works(&lab, &["connect"])?;
            let status = lab.spoke(&["status"])?.stdout;
            assert!(status.contains("lockdown"), "{status}");
            closed_for(&lab, Duration::from_millis(300), "while connected")?;
            assert!(inside_answers(&lab)?, "{}", lab.daemon_log());

            lab.stop_gateway();
            common::wait_for(&lab, "reconnecting")?;
            closed_for(&lab, Duration::from_secs(2), "while reconnecting")?;
            lab.start_gateway(&gateway)?;
            common::wait_for(&lab, "connected")?;
            assert!(inside_answers(&lab)?, "{}", lab.daemon_log());

            lab.kill_daemon();
            closed_for(&lab, Duration::from_secs(1), "after a kill")?;
            lab.start_daemon()?;
            closed_for(&lab, Duration::from_millis(300), "after the new start")?;
            common::wait_for(&lab, "connected")?;
            assert!(inside_answers(&lab)?, "{}", lab.daemon_log());
            closed_for(&lab, Duration::from_millis(300), "after it came back")?;

            // Also where nothing is connected any more.
            lab.kill_daemon();
            lab.start_daemon()?;
            assert!(!outside(&lab)?, "closed until somebody disconnects");
            works(&lab, &["disconnect"])?;
            let opened = Instant::now();
            while !outside(&lab)? {
                assert!(opened.elapsed() < Duration::from_secs(5), "still closed");
            }
            let difference = before.difference(&lab.host_snapshot()?);
            assert!(difference.is_empty(), "{difference}");
            Ok(())
        },
    );
}
