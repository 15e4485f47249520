//! A desk over a folder of its own, with nobody else there.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test uses a part of it, and ends where it cannot go on"
)]

use spoke_agent::{Paths, ProfileStore};
use spoke_desk::{Desk, DeskOptions};
use spoke_profile::{Assignment, ExportOptions, Profile, ReadOptions, ServerSecret, export_azure};
use spoke_view::{ImportChoice, ImportPlan, OnClash, Picture, PlannedProfile};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Tenant of the profiles.
pub(crate) const TENANT: &str = "11111111-2222-3333-4444-555555555555";

/// A desk and the folder of its user.
pub(crate) struct Home {
    pub(crate) desk: Desk,
    pub(crate) store: ProfileStore,
    folder: TempDir,
}

impl Home {
    /// A desk; to be called within a runtime.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(folder.path());
        Self {
            store: ProfileStore::new(options.paths.profiles()),
            desk: Desk::start(options),
            folder,
        }
    }

    /// The same folder, looked at by a desk that begins now.
    pub(crate) fn another_desk(&self) -> Desk {
        Desk::start(options(self.folder.path()))
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and gives its path.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Writes a profile as the portal does, and gives its path.
    pub(crate) fn write_profile(&self, name: &str, profile: &Profile) -> PathBuf {
        let options = ExportOptions { with_secret: true };
        self.write(name, export_azure(profile, options).as_bytes())
    }

    /// The picture as it is now.
    pub(crate) fn picture(&self) -> Picture {
        self.desk.pictures().borrow().clone()
    }

    /// The names in the list.
    pub(crate) fn listed(&self) -> Vec<String> {
        let profiles = self.picture().profiles;
        profiles.into_iter().map(|profile| profile.name).collect()
    }

    /// Looks at one file.
    pub(crate) async fn inspect(&self, path: PathBuf) -> ImportPlan {
        self.desk.inspect_files(vec![path]).await.unwrap()
    }
}

fn options(folder: &Path) -> DeskOptions {
    DeskOptions {
        paths: Paths {
            config: folder.join("config"),
            state: folder.join("state"),
            session: folder.join("session"),
            policy: folder.join("policy.toml"),
            socket: folder.join("no.sock"),
            azure_vpn_client: vec![folder.join("theirs"), folder.join("theirs-too")],
        },
        version: "0".to_owned(),
    }
}

/// A profile with these settings beside the usual ones.
pub(crate) fn profile(name: &str, settings: &[&str]) -> Profile {
    let secret = ServerSecret::from_text(&"0f".repeat(256)).unwrap();
    let mut profile = Profile::draft(name, secret);
    let usual = [
        "server=gw.example.com".to_owned(),
        format!("sign-in.tenant={TENANT}"),
        "sign-in.audience=c632b3df-fb67-4d84-bdcf-b95ad541b5c8".to_owned(),
    ];
    for text in usual
        .iter()
        .map(String::as_str)
        .chain(settings.iter().copied())
    {
        let assignment: Assignment = text.parse().unwrap();
        profile.set(&assignment, &ReadOptions::default()).unwrap();
    }
    profile
}

/// The choice of a profile as it comes.
pub(crate) fn choice(planned: &PlannedProfile) -> ImportChoice {
    ImportChoice {
        index: planned.index,
        name: planned.name.clone(),
        on_clash: OnClash::Refuse,
        undo: Vec::new(),
        trust_authority: false,
        secret: None,
        keep_password: None,
    }
}
