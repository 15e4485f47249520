use nix::time::ClockId;

/// The clock that counts sleep (clock_gettime(2)).
pub(super) const CONTINUOUS: ClockId = ClockId::CLOCK_BOOTTIME;
