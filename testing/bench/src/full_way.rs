//! What becomes of a narrow way that one stream fills. What a ping gains by it is in the
//! benchmark's table; here it is only seen that the kernel was asked, at either end.

use crate::case::{Case, Client, Server, Transport};
use crate::client_end::ClientEnd;
use crate::papers::Papers;
use crate::programs::Programs;
use crate::scene::Scene;
use crate::server_end::ServerEnd;
use crate::stage::Stage;
use crate::streams::{Streams, Way};
use spoke_lab::Machine;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

const TEST: &str = "full_way::a_queue_that_a_stream_keeps_on_its_way_is_shortened";
const SOON: Duration = Duration::from_secs(20);
const CASE: Case = Case {
    transport: Transport::Tcp,
    server: Server::Gateway,
    client: Client::Spoke,
};

#[test]
fn a_queue_that_a_stream_keeps_on_its_way_is_shortened() {
    let available = "/proc/sys/net/ipv4/tcp_available_congestion_control";
    let available = std::fs::read_to_string(available).unwrap_or_default();
    if !available.split_whitespace().any(|name| name == "bbr") {
        return spoke_needs::skip("the kernel has no BBR (modprobe tcp_bbr)");
    }
    spoke_lab::test_inside(TEST, || {
        fill_both_ways();
        Ok(())
    });
}

fn fill_both_ways() {
    spoke_lab::furnish().unwrap();
    let programs = Programs::default();
    let papers = Papers::write().unwrap();
    let stage = Stage::build(Scene::Uplink).unwrap();
    let manners = Scene::Uplink.manners();
    let _server = ServerEnd::start(&stage, &programs, &papers, CASE, manners).unwrap();
    let mut client = ClientEnd::ready(&stage, &programs, &papers, CASE).unwrap();
    client.connect().unwrap();
    for (way, sender) in [(Way::Up, &stage.client), (Way::Down, &stage.server)] {
        // The streams inside the tunnel send by CUBIC still.
        assert!(sends_by(sender, "cubic"), "{}", connections(sender));
        let streams = Streams::start(&stage, way, 1).unwrap();
        let begun = Instant::now();
        while !sends_by(sender, "bbr") {
            assert!(begun.elapsed() < SOON, "{}", connections(sender));
            thread::sleep(Duration::from_millis(50));
        }
        drop(streams);
    }
    client.disconnect().unwrap();
}

/// Whether the machine's one connection outside the tunnel is sent so.
fn sends_by(machine: &Machine, name: &str) -> bool {
    connections(machine)
        .split_whitespace()
        .any(|word| word == name)
}

/// What the kernel knows of the tunnel's own connection.
fn connections(machine: &Machine) -> String {
    let mut command = Command::new("ss");
    command.args(["-tinH", "state", "established", "src", "192.0.2.0/24"]);
    let output = machine.output(command).unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
