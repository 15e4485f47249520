//! Two machines and the cable between them.

use crate::delay;
use crate::scene::Scene;
use spoke_lab::{LabError, Machine};
use std::net::Ipv4Addr;
use std::process::Command;

/// The server's outer address.
pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
/// The client's.
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
/// The server's address in the tunnel.
pub(crate) const INSIDE: Ipv4Addr = Ipv4Addr::new(172, 16, 201, 1);

/// The machines of one case.
pub(crate) struct Stage {
    pub(crate) client: Machine,
    pub(crate) server: Machine,
}

impl Stage {
    /// Starts the machines and connects them.
    ///
    /// # Errors
    /// When a namespace, a link or an address is refused.
    pub(crate) fn build(scene: Scene) -> Result<Self, LabError> {
        // The client's resolv.conf is changed by what the server pushes.
        let etc = spoke_lab::copy_etc("client", SERVER)?;
        let stage = Self {
            client: Machine::boot("client", Some(&etc))?,
            server: Machine::boot("server", None)?,
        };
        let (client, server) = (&stage.client, &stage.server);
        client.settle_at_once()?;
        server.settle_at_once()?;
        match scene.delay() {
            Some(delay) => delay::connect(client, server, delay)?,
            None => {
                let other = server.thread_id();
                client.ip(&format!(
                    "link add name eth0 type veth peer name eth0 netns {other}"
                ))?;
            }
        }
        for (machine, address) in [(client, CLIENT), (server, SERVER)] {
            machine.ip(&format!("addr add {address}/24 dev eth0"))?;
            machine.ip("link set eth0 up")?;
            if scene == Scene::Uplink {
                narrow(machine)?;
            }
        }
        Ok(stage)
    }
}

fn narrow(machine: &Machine) -> Result<(), LabError> {
    let words = "qdisc add dev eth0 root tbf rate 100mbit burst 32kb latency 40ms";
    let mut command = Command::new("tc");
    command.args(words.split(' '));
    let output = machine.output(command)?;
    if output.status.success() {
        return Ok(());
    }
    Err(LabError::Command {
        command: format!("tc {words}"),
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
