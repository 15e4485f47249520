//! What the running app costs.

use spoke_lab::LabError;

/// The app's own program (the kernel keeps 15 characters).
const OWN: &str = "spoke-desktop";
/// That and those of the web view.
const PROGRAMS: [&str; 4] = [OWN, "WebKitWebProces", "WebKitNetworkPr", "WebKitGPUProces"];

/// How the kernel's account of a thread begins that does the program's own work.
const WORKER: &str = "Name:\ttokio-";

/// What the app's processes have used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Processes.
    pub processes: usize,
    /// Memory in KiB, shared pages divided among those who share them (PSS).
    pub memory: u64,
    /// How often their threads have gone to sleep.
    pub wake_ups: u64,
    /// The same of the threads that do the program's own work, and not the web view's or
    /// its toolkit's.
    pub own_wake_ups: u64,
}

impl Cost {
    /// Looks at all processes of the app; within the lab there is one app.
    ///
    /// # Errors
    /// When the kernel does not say.
    pub fn now() -> Result<Self, LabError> {
        let mut cost = Self::default();
        let all = std::fs::read_dir("/proc").map_err(LabError::io("read /proc"))?;
        for process in all.flatten() {
            let folder = process.path();
            // A process may end while it is looked at.
            let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            // One that has ended, and that nobody has waited for yet, has no command line.
            let comm = read("comm");
            if !PROGRAMS.contains(&comm.trim()) || read("cmdline").is_empty() {
                continue;
            }
            cost.processes += 1;
            cost.memory += number_after(&read("smaps_rollup"), "\nPss:");
            let tasks = std::fs::read_dir(folder.join("task")).into_iter().flatten();
            for task in tasks.flatten() {
                let status = std::fs::read_to_string(task.path().join("status"));
                let status = status.unwrap_or_default();
                let wake_ups = number_after(&status, "\nvoluntary_ctxt_switches:");
                cost.wake_ups += wake_ups;
                if comm.trim() == OWN && status.starts_with(WORKER) {
                    cost.own_wake_ups += wake_ups;
                }
            }
        }
        Ok(cost)
    }
}

fn number_after(text: &str, name: &str) -> u64 {
    let rest = text.split_once(name).map(|(_, rest)| rest);
    let word = rest.and_then(|rest| rest.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}
