use spoke_api::DaemonInfo;
use std::time::{SystemTime, UNIX_EPOCH};

/// Facts that do not change while the daemon runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Info {
    started: u64,
}

impl Info {
    pub(crate) fn at_start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: since.map_or(0, |since| since.as_secs()),
        }
    }

    pub(crate) fn now(self) -> DaemonInfo {
        DaemonInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started: self.started,
            resident_bytes: resident_bytes(),
        }
    }
}

/// The second field of `/proc/self/statm`, in pages (proc(5)).
fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
        .ok()
        .flatten()?;
    Some(pages.saturating_mul(u64::try_from(page).ok()?))
}
