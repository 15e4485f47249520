//! A bad cable, in user space, since not every kernel can spoil packets (`sch_netem`): both
//! ends are tun devices, and what lies between them loses, delays and reorders packets.

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::unistd::{read, write};
use spoke_host::TunDevice;
use spoke_lab::{Lab, LabError, Machine, places};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Room for any IP packet.
const LARGEST: usize = 65_536;
/// Packets that may be under way, as if a router had so much memory.
const ROOM: usize = 4_000;

/// What is wrong with a cable.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// Of a thousand packets, so many are lost, each way.
    pub(crate) lost: u64,
    /// How long a packet is under way.
    pub(crate) delay: Duration,
    /// How much longer it may be, by chance; so that later ones overtake it.
    pub(crate) jitter: Duration,
    /// Longer packets vanish without a word.
    pub(crate) black_hole: Option<usize>,
}

/// Connects the user's computer to the internet by this cable, in place of the one there is.
///
/// # Errors
/// When a device cannot be made.
pub(crate) fn recable(lab: &Lab, weather: Weather) -> Result<(), LabError> {
    let (client, internet) = (&lab.network.client, &lab.network.internet);
    client.ip("link del eth0")?;
    // A veth takes its other end along; a tun device of a former cable does not.
    let _ = internet.ip("link del home");
    let near = device(client, "eth0")?;
    let far = device(internet, "home")?;
    let (router, own) = (places::CLIENT_ROUTER, places::CLIENT);
    client.ip(&format!("addr add {own}/24 dev eth0"))?;
    internet.ip(&format!("addr add {router}/24 dev home"))?;
    client.ip("link set eth0 up")?;
    internet.ip("link set home up")?;
    client.ip(&format!("route add default via {router}"))?;
    let (from, to) = (Arc::clone(&near), Arc::clone(&far));
    thread::spawn(move || carry(&from, &to, weather, 1));
    thread::spawn(move || carry(&far, &near, weather, 2));
    Ok(())
}

fn device(machine: &Machine, name: &'static str) -> Result<Arc<OwnedFd>, LabError> {
    let device = machine.run(move || TunDevice::open_bare(name))?;
    let device = device.map_err(LabError::other("make a cable"))?;
    Ok(Arc::new(device.into_descriptor()))
}

/// Ends with the machines, whose devices it reads and writes.
fn carry(from: &OwnedFd, to: &OwnedFd, weather: Weather, seed: u64) {
    let mut under_way: BinaryHeap<Reverse<(Instant, u64, Vec<u8>)>> = BinaryHeap::new();
    let mut chance = Chance(seed);
    let mut packet = vec![0; LARGEST];
    for number in 0.. {
        let due = under_way.peek().map(|Reverse((due, _, _))| *due);
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        let mut ready = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
        if ppoll(&mut ready, left.map(Into::into), None).is_err() {
            return;
        }
        if ready[0].any() == Some(true) {
            let Ok(length) = read(from, &mut packet) else {
                return;
            };
            let swallowed = weather.black_hole.is_some_and(|largest| length > largest);
            let lost = swallowed || chance.below(1000) < weather.lost;
            if !lost && under_way.len() < ROOM {
                let jitter = u64::try_from(weather.jitter.as_micros()).unwrap_or(u64::MAX);
                let longer = Duration::from_micros(chance.below(jitter.max(1)));
                let due = Instant::now() + weather.delay + longer;
                let packet = packet.get(..length).unwrap_or_default();
                under_way.push(Reverse((due, number, packet.to_vec())));
            }
        }
        let now = Instant::now();
        while under_way
            .peek()
            .is_some_and(|Reverse((due, _, _))| *due <= now)
        {
            if let Some(Reverse((_, _, packet))) = under_way.pop() {
                // The other end may be down.
                let _ = write(to, &packet);
            }
        }
    }
}

/// The same sequence in each run (xorshift64, Marsaglia 2003).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
