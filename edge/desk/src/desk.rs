use crate::link;
use spoke_agent::{Paths, ProfileStore};
use spoke_profile::Profile;
use spoke_view::{Picture, ProfileSummary};
use tokio::sync::watch;

/// Where a [`Desk`] works, and for which program.
#[derive(Clone, Debug)]
pub struct DeskOptions {
    /// The user's files and the daemon's socket.
    pub paths: Paths,
    /// Version of the program, for the daemon.
    pub version: String,
}

/// The user's side behind a window.
pub struct Desk {
    store: ProfileStore,
    picture: watch::Sender<Picture>,
}

impl Desk {
    /// Begins to look for the daemon and to publish pictures. To be called within a
    /// runtime, whose tasks it uses.
    #[must_use]
    pub fn start(options: DeskOptions) -> Self {
        let store = ProfileStore::new(options.paths.profiles());
        let (picture, _) = watch::channel(Picture::default());
        let desk = Self { store, picture };
        desk.profiles_changed();
        tokio::spawn(link::keep(
            options.paths.socket,
            options.version,
            desk.picture.clone(),
        ));
        desk
    }

    /// The picture now and after every change.
    #[must_use]
    pub fn pictures(&self) -> watch::Receiver<Picture> {
        self.picture.subscribe()
    }

    /// Reads the profiles again, after one was changed.
    pub fn profiles_changed(&self) {
        let (profiles, damaged) = match self.store.list() {
            Ok(profiles) => (profiles.iter().map(summary).collect(), Vec::new()),
            Err(problem) => (Vec::new(), vec![problem]),
        };
        self.picture.send_if_modified(|picture| {
            let changed = picture.profiles != profiles || picture.damaged != damaged;
            picture.profiles = profiles;
            picture.damaged = damaged;
            changed
        });
    }
}

fn summary(profile: &Profile) -> ProfileSummary {
    ProfileSummary {
        name: profile.name.clone(),
        server: profile
            .servers
            .first()
            .map_or_else(String::new, |server| server.host.clone()),
        account: None,
        beyond_form: false,
    }
}
