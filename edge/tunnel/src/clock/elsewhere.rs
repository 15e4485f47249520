use nix::time::ClockId;

/// On macOS this clock counts sleep (clock_gettime(3) there).
pub(super) const CONTINUOUS: ClockId = ClockId::CLOCK_MONOTONIC;
