//! The tarball's scripts, with what they do to services.

use super::{Life, expect};
use crate::say;
use spoke_lab::LabError;

const FOLDER: &str = "/tmp/tarball";

impl Life {
    /// Installed, connected, installed again over itself while connected, and removed while
    /// connected.
    pub(super) fn by_tarball(&self) -> Result<(), LabError> {
        let files = self.files()?;
        let network = self.lab.host_snapshot()?;
        self.must("mkdir", &["-p", FOLDER])?;
        let unpack = ["-C", FOLDER, "--strip-components=1", "-xf", &self.tarball];
        self.must("tar", &unpack)?;
        let install = format!("{FOLDER}/install.sh");
        self.must(&install, &[])?;
        self.service_runs()?;
        self.spoke(&["connect"])?;
        self.traffic()?;

        let daemon = self.daemon()?;
        let said = self.must(&install, &[])?;
        expect(
            said.stdout.contains("takes over once nobody is connected"),
            "the user is told",
        )?;
        self.goes_on(daemon)?;
        self.gives_way_after_disconnect(daemon)?;

        self.spoke(&["connect"])?;
        let uninstall = "/usr/local/share/spoke/uninstall.sh";
        self.must(uninstall, &["--purge"])?;
        self.same_network(&network)?;
        self.profile_is_kept()?;
        self.same_files(&files, |_| true)?;
        say::line(
            "✓ the tarball: installed, again while connected, removed while connected; nothing is left",
        );
        Ok(())
    }
}
