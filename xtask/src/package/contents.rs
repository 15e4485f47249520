//! What the packages hold, declared once for all formats.

/// An installable package.
pub(crate) struct Package {
    /// Its name, which is also the name of the crate's program.
    pub(crate) name: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    /// A paragraph.
    pub(crate) description: &'static str,
    /// Section of Debian's archive.
    pub(crate) section: &'static str,
    /// Crates whose programs are in it; the bill of materials follows from them.
    pub(crate) crates: &'static [&'static str],
    /// What the programs run on, in rustc's words behind the kind of machine.
    pub(crate) system: &'static str,
    /// Lock files of npm whose packages are built into its programs.
    pub(crate) npm: &'static [&'static str],
    /// What must be installed beside the libraries that its programs are linked with.
    pub(crate) needs: &'static [Relation],
    /// Its files.
    pub(crate) files: &'static [Entry],
}

/// What another package is to it.
pub(crate) struct Relation {
    pub(crate) kind: Kind,
    /// In Debian's words; `VERSION` stands for the version that is packed.
    pub(crate) debian: Option<&'static str>,
    /// In the words of RPM.
    pub(crate) rpm: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Depends,
    Recommends,
    Suggests,
}

/// A file, owned by root.
pub(crate) struct Entry {
    pub(crate) from: Source,
    /// Below `/usr`; a folder where there are several files, with a slash at its end.
    pub(crate) to: &'static str,
    pub(crate) mode: u32,
}

/// Where a file comes from.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// A program of this workspace.
    Program(&'static str),
    /// A file of this repository.
    File(&'static str),
    /// What a program of this workspace prints about itself, compressed.
    Page(&'static str, &'static [&'static str]),
    /// The man pages of `spoke`, compressed.
    Pages,
    /// A man page of this repository, compressed.
    Written(&'static str),
    /// The completions of `spoke` for this shell.
    Completion(&'static str),
    /// The bill of materials.
    Materials,
    /// Who wrote it and under which licence, as Debian reads it.
    Copyright,
}

use Kind::{Depends, Recommends, Suggests};
use Source::{Completion, Copyright, File, Materials, Page, Pages, Program, Written};

const LINUX: &str = "unknown-linux-gnu";

const fn file(from: Source, to: &'static str) -> Entry {
    let mode = 0o644;
    Entry { from, to, mode }
}

const fn program(name: &'static str, to: &'static str) -> Entry {
    let mode = 0o755;
    let from = Program(name);
    Entry { from, to, mode }
}

const fn relation(kind: Kind, debian: Option<&'static str>, rpm: Option<&'static str>) -> Relation {
    Relation { kind, debian, rpm }
}

/// What is installed on a Mac beside the programs, the app and the service's job. Its paths are
/// below `/usr` too.
pub(crate) const MACOS: &Package = &Package {
    name: "spoke-macos",
    summary: SPOKE.summary,
    description: SPOKE.description,
    section: SPOKE.section,
    crates: &["spoke-cli", "spoke-daemon", "spoke-desktop"],
    system: "apple-darwin",
    npm: DESKTOP.npm,
    needs: &[],
    files: &[
        file(Pages, "local/share/man/man1/"),
        file(
            Page("spoked", &["--man"]),
            "local/share/man/man8/spoked.8.gz",
        ),
        file(
            Completion("bash"),
            "local/share/bash-completion/completions/spoke",
        ),
        file(Completion("zsh"), "local/share/zsh/site-functions/_spoke"),
        file(
            Completion("fish"),
            "local/share/fish/vendor_completions.d/spoke.fish",
        ),
        file(File("LICENSE-MIT"), "local/share/doc/spoke/LICENSE-MIT"),
        file(
            File("LICENSE-APACHE"),
            "local/share/doc/spoke/LICENSE-APACHE",
        ),
        file(File("CHANGELOG.md"), "local/share/doc/spoke/CHANGELOG.md"),
        file(File("docs/macos.md"), "local/share/doc/spoke/macos.md"),
        file(Materials, "local/share/doc/spoke/spoke.cdx.json"),
    ],
};

/// All packages.
pub(crate) const PACKAGES: &[Package] = &[SPOKE, DESKTOP, GATEWAY];

const SPOKE: Package = Package {
    name: "spoke",
    summary: "VPN client for Azure virtual networks",
    description: "Connects this computer to an Azure virtual network: point-to-site VPN over the OpenVPN protocol, with Microsoft Entra ID sign-in. With the command line and the service.",
    section: "net",
    crates: &["spoke-cli", "spoke-daemon"],
    system: LINUX,
    npm: &[],
    needs: &[
        relation(Recommends, Some("ca-certificates"), Some("ca-certificates")),
        // Installing it changes who answers for names on the computer: for people to decide.
        relation(Suggests, Some("systemd-resolved"), Some("systemd-resolved")),
        relation(Suggests, Some("gnome-keyring"), Some("gnome-keyring")),
    ],
    files: &[
        program("spoke", "bin/spoke"),
        program("spoked", "bin/spoked"),
        file(
            File("packaging/systemd/spoked.service"),
            "lib/systemd/system/spoked.service",
        ),
        file(
            File("packaging/systemd/80-spoke.preset"),
            "lib/systemd/system-preset/80-spoke.preset",
        ),
        file(Pages, "share/man/man1/"),
        file(Page("spoked", &["--man"]), "share/man/man8/spoked.8.gz"),
        file(
            Completion("bash"),
            "share/bash-completion/completions/spoke",
        ),
        file(Completion("zsh"), "share/zsh/site-functions/_spoke"),
        file(
            Completion("fish"),
            "share/fish/vendor_completions.d/spoke.fish",
        ),
        file(File("README.md"), "share/doc/spoke/README.md"),
        file(File("CHANGELOG.md"), "share/doc/spoke/CHANGELOG.md"),
        file(File("docs/commands.md"), "share/doc/spoke/commands.md"),
        file(File("docs/network.md"), "share/doc/spoke/network.md"),
        file(File("docs/profiles.md"), "share/doc/spoke/profiles.md"),
        file(File("docs/sign-in.md"), "share/doc/spoke/sign-in.md"),
        file(File("LICENSE-MIT"), "share/doc/spoke/LICENSE-MIT"),
        file(File("LICENSE-APACHE"), "share/doc/spoke/LICENSE-APACHE"),
        file(Copyright, "share/doc/spoke/copyright"),
        file(Materials, "share/doc/spoke/spoke.cdx.json"),
    ],
};

const DESKTOP: Package = Package {
    name: "spoke-desktop",
    summary: "VPN client for Azure virtual networks, in a window",
    description: "The window and the tray of Spoke: import a profile, sign in, connect.",
    section: "net",
    crates: &["spoke-desktop"],
    system: LINUX,
    npm: &["apps/desktop/ui/package-lock.json"],
    needs: &[
        relation(Depends, Some("spoke (= VERSION)"), Some("spoke = VERSION")),
        relation(
            Recommends,
            Some("gnome-keyring | kwalletmanager | keepassxc"),
            Some("(gnome-keyring or kwalletmanager or keepassxc)"),
        ),
    ],
    files: &[
        program("spoke-desktop", "bin/spoke-desktop"),
        file(
            File("packaging/linux/org.spoke-vpn.Spoke.desktop"),
            "share/applications/org.spoke-vpn.Spoke.desktop",
        ),
        file(
            File("packaging/linux/org.spoke-vpn.Spoke.xml"),
            "share/mime/packages/org.spoke-vpn.Spoke.xml",
        ),
        file(
            File("apps/desktop/icons/32x32.png"),
            "share/icons/hicolor/32x32/apps/org.spoke-vpn.Spoke.png",
        ),
        file(
            File("apps/desktop/icons/128x128.png"),
            "share/icons/hicolor/128x128/apps/org.spoke-vpn.Spoke.png",
        ),
        file(
            File("apps/desktop/icons/icon.png"),
            "share/icons/hicolor/512x512/apps/org.spoke-vpn.Spoke.png",
        ),
        file(
            File("apps/desktop/icons/icon.svg"),
            "share/icons/hicolor/scalable/apps/org.spoke-vpn.Spoke.svg",
        ),
        file(
            File("apps/desktop/icons/tray/connected-template.svg"),
            "share/icons/hicolor/symbolic/apps/org.spoke-vpn.Spoke-symbolic.svg",
        ),
        file(
            Written("packaging/man/spoke-desktop.1"),
            "share/man/man1/spoke-desktop.1.gz",
        ),
        file(
            File("docs/desktop.md"),
            "share/doc/spoke-desktop/desktop.md",
        ),
        file(Copyright, "share/doc/spoke-desktop/copyright"),
        file(Materials, "share/doc/spoke-desktop/spoke-desktop.cdx.json"),
    ],
};

const GATEWAY: Package = Package {
    name: "spoke-gateway",
    summary: "VPN gateway with Microsoft Entra ID sign-in",
    description: "The other end, for people without an Azure gateway: the same protocol, the same Entra tokens, the same profiles.",
    section: "net",
    crates: &["spoke-gateway"],
    system: LINUX,
    npm: &[],
    needs: &[relation(
        Recommends,
        Some("ca-certificates"),
        Some("ca-certificates"),
    )],
    files: &[
        program("spoke-gateway", "bin/spoke-gateway"),
        file(
            File("packaging/systemd/spoke-gateway.service"),
            "lib/systemd/system/spoke-gateway.service",
        ),
        file(
            Page("spoke-gateway", &["man"]),
            "share/man/man8/spoke-gateway.8.gz",
        ),
        file(
            File("packaging/gateway/gateway.toml"),
            "share/doc/spoke-gateway/examples/gateway.toml",
        ),
        file(
            File("docs/gateway.md"),
            "share/doc/spoke-gateway/gateway.md",
        ),
        file(Copyright, "share/doc/spoke-gateway/copyright"),
        file(Materials, "share/doc/spoke-gateway/spoke-gateway.cdx.json"),
    ],
};
