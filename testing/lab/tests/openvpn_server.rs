//! `spoke` against the real OpenVPN server, its gateway described by an Azure profile.

mod common;

use common::real_server::server_world;
use spoke_lab::{Background, GREETING, Lab, LabError, digest, pattern, places, quietly};

const BYTES: usize = 100_000_000;

#[test]
fn spoke_passes_traffic_through_the_real_server() {
    if !spoke_needs::program("openvpn") {
        return;
    }
    spoke_lab::test_inside(
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
    if !spoke_needs::program("openvpn") {
        return;
    }
    spoke_lab::test_inside(
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
