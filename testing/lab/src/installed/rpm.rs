//! The RPM with its scripts, by the rpm of Debian: another system's files lie elsewhere, but what
//! the scripts call is the same.

use super::{Life, expect};
use crate::say;
use spoke_lab::{Finished, LabError};

impl Life {
    /// Installed, connected, upgraded while connected, and removed while connected.
    pub(super) fn by_rpm(&self) -> Result<(), LabError> {
        let files = self.files()?;
        let network = self.lab.host_snapshot()?;
        self.rpm("--install", &self.rpm)?;
        self.must("systemctl", &["is-enabled", "spoked"])?;
        // Whether services start by themselves is not for an RPM to say.
        self.must("systemctl", &["start", "spoked"])?;
        self.spoke(&["connect"])?;
        self.traffic()?;

        let daemon = self.daemon()?;
        self.rpm("--upgrade", &self.rpm)?;
        self.goes_on(daemon)?;
        self.gives_way_after_disconnect(daemon)?;
        self.service_runs()?;

        self.spoke(&["connect"])?;
        self.rpm("--erase", "spoke")?;
        self.same_network(&network)?;
        self.profile_is_kept()?;
        let state = self.root.join("var/lib/spoke");
        expect(!state.exists(), "the service's state goes with it")?;
        // Folders of completions belong to other packages there.
        self.same_files(&files, |file| file.contains("spoke"))?;
        say::line(
            "✓ the RPM: installed, upgraded while connected, removed while connected; nothing of Spoke is left",
        );
        Ok(())
    }

    /// Its database is its own: the packages that it would ask for are Debian's here.
    fn rpm(&self, deed: &str, what: &str) -> Result<Finished, LabError> {
        let mut arguments = vec!["--dbpath", "/run/rpm", "--force-debian", "--nodeps", deed];
        if deed != "--erase" {
            arguments.extend(["--nosignature", "--replacepkgs"]);
        }
        arguments.push(what);
        self.must("rpm", &arguments)
    }
}
