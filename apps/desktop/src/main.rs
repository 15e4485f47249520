//! Spoke in a window.

use std::process::ExitCode;

fn main() -> ExitCode {
    spoke_desktop::run()
}
