//! A cable of a given length, in user space, for kernels that have no delays to offer
//! (`sch_netem`): each machine's end is a tun device, and packets rest in between.

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::unistd::{read, write};
use spoke_host::TunDevice;
use spoke_lab::{LabError, Machine};
use std::collections::VecDeque;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Bytes that may be under way, as if a router had so much memory.
const ROOM: usize = 64 << 20;
/// Room for any IP packet.
const LARGEST: usize = 65_536;

/// Connects the machines by a cable in which a packet is under way for `delay`; each
/// end is called `eth0`.
///
/// # Errors
/// When a device cannot be made.
pub(crate) fn connect(near: &Machine, far: &Machine, delay: Duration) -> Result<(), LabError> {
    let (near, far) = (device(near)?, device(far)?);
    let (from, to) = (Arc::clone(&near), Arc::clone(&far));
    thread::spawn(move || carry(&from, &to, delay));
    thread::spawn(move || carry(&far, &near, delay));
    Ok(())
}

fn device(machine: &Machine) -> Result<Arc<OwnedFd>, LabError> {
    let device = machine.run(|| TunDevice::open_bare("eth0"))?;
    let device = device.map_err(LabError::other("make a cable"))?;
    Ok(Arc::new(device.into_descriptor()))
}

/// Ends with the machines, whose devices it reads and writes.
fn carry(from: &OwnedFd, to: &OwnedFd, delay: Duration) {
    let mut under_way: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    let mut bytes = 0;
    let mut packet = vec![0; LARGEST];
    loop {
        let due = under_way.front().map(|(due, _)| *due);
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        let mut ready = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
        if ppoll(&mut ready, left.map(Into::into), None).is_err() {
            return;
        }
        if ready[0].any() == Some(true) {
            match read(from, &mut packet) {
                Ok(length) if bytes + length <= ROOM => {
                    let due = Instant::now() + delay;
                    let packet = packet.get(..length).unwrap_or_default();
                    bytes += length;
                    under_way.push_back((due, packet.to_vec()));
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
        let now = Instant::now();
        while under_way.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, packet)) = under_way.pop_front() {
                bytes -= packet.len();
                // The other end may be down.
                let _ = write(to, &packet);
            }
        }
    }
}
