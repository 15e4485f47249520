//! Two machines and what lies between them.

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

/// What lies between the two.
const NETWORK: &str = "192.0.2.0/24";
/// How TCP sends outside the tunnel and inside, but where a socket chooses for itself: as most computers do (CUBIC,
/// RFC 9438), whatever this system's own choice is.
pub(crate) const SENDING: &str = "cubic";

/// The machines of one case.
pub(crate) struct Stage {
    pub(crate) client: Machine,
    pub(crate) server: Machine,
    /// What is slow, where something is: a machine apart, as at home, since a queue on an
    /// end's own card holds that end's sockets back and there is hardly one.
    _router: Option<Machine>,
}

impl Stage {
    /// Starts the machines and connects them.
    ///
    /// # Errors
    /// When a namespace, a link or an address is refused.
    pub(crate) fn build(scene: Scene) -> Result<Self, LabError> {
        // The client's resolv.conf is changed by what the server pushes.
        let etc = spoke_lab::copy_etc("client", SERVER)?;
        let (client, server) = (
            Machine::boot("client", Some(&etc))?,
            Machine::boot("server", None)?,
        );
        client.settle_at_once()?;
        server.settle_at_once()?;
        let mut router = None;
        match (scene, scene.delay()) {
            (_, Some(delay)) => delay::connect(&client, &server, delay)?,
            (Scene::Uplink, None) => router = Some(narrow(&client, &server)?),
            (_, None) => cable(&client, "eth0", &server)?,
        }
        for (machine, address) in [(&client, CLIENT), (&server, SERVER)] {
            machine.ip(&format!("addr add {address}/24 dev eth0 noprefixroute"))?;
            machine.ip("link set eth0 up")?;
            // A machine's own choice would have to be one that this system allows everybody.
            machine.ip(&format!(
                "route add {NETWORK} dev eth0 proto kernel scope link src {address} congctl {SENDING}"
            ))?;
        }
        Ok(Self {
            client,
            server,
            _router: router,
        })
    }
}

/// Connects `machine`, where the cable's end is called `name`, to the other's `eth0`.
fn cable(machine: &Machine, name: &str, other: &Machine) -> Result<(), LabError> {
    let other = other.thread_id();
    let words = format!("link add name {name} type veth peer name eth0 netns {other}");
    machine.ip(&words).map(drop)
}

/// Connects the machines through a third that passes little on.
fn narrow(client: &Machine, server: &Machine) -> Result<Machine, LabError> {
    let router = Machine::boot("router", None)?;
    router.settle_at_once()?;
    router.ip("link add name switch type bridge")?;
    router.ip("link set switch up")?;
    for (name, machine) in [("near", client), ("far", server)] {
        cable(&router, name, machine)?;
        router.ip(&format!("link set {name} master switch"))?;
        router.ip(&format!("link set {name} up"))?;
        slow(&router, name)?;
    }
    Ok(router)
}

/// Gives what leaves by this device a rate and a bounded queue.
fn slow(machine: &Machine, name: &str) -> Result<(), LabError> {
    let words = format!("qdisc add dev {name} root tbf rate 100mbit burst 32kb latency 40ms");
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
