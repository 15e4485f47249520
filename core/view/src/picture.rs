use crate::{ImportPlan, Locks, Preferences, UserPrompt};
use serde::{Deserialize, Serialize};
use spoke_api::{Notice, Problem, State};
use ts_rs::TS;

/// Everything the window shows that is not of the window's own making. It holds no
/// secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Picture {
    /// Whether the daemon is there.
    pub daemon: DaemonLink,
    /// What the daemon says; without a connection when it is not there.
    pub state: State,
    /// The user's profiles, by name.
    pub profiles: Vec<ProfileSummary>,
    /// Profiles that cannot be read, and why.
    pub damaged: Vec<Problem>,
    /// Where something waits for the user.
    pub prompt: Option<UserPrompt>,
    /// What is worth knowing and no failure, newest last.
    pub notices: Vec<Notice>,
    /// A profile file that was opened from outside and waits to be looked at.
    pub opened: Option<ImportPlan>,
    /// Who is signed in.
    pub accounts: Vec<Account>,
    /// The user's choices for the window.
    pub preferences: Preferences,
    /// What an administrator has decided in the user's place.
    pub locks: Locks,
    /// Whether there is a tray that shows the icon; without one the window may not hide.
    pub tray: bool,
}

/// Whether the daemon is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DaemonLink {
    /// It is being looked for.
    #[default]
    Searching,
    /// It answers.
    Connected {
        /// Its version.
        version: String,
    },
    /// It does not answer, or speaks another version; it is still being looked for.
    Missing {
        /// Why.
        problem: Problem,
        /// The command that starts it, for the user to copy.
        start: String,
    },
}

/// One profile in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileSummary {
    /// Its name, unique.
    pub name: String,
    /// Its first gateway.
    pub server: String,
    /// Who signs in with it, when known.
    pub account: Option<String>,
    /// The form cannot hold all of it (a profile from an `.ovpn` file): it can be shown,
    /// renamed and exported, but its fields are changed on the command line.
    pub beyond_form: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Account {
    /// Who ("ana@contoso.com"), when the sign-in server said so.
    pub name: Option<String>,
    /// Where: `https://{host}/{tenant}`.
    pub authority: String,
    /// When the access token expires, Unix time in seconds.
    pub expires: u64,
    /// Whether it can be renewed without asking.
    pub renewable: bool,
}

/// Whose sign-ins are to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Leaving {
    /// Everybody's.
    Everybody,
    /// Those of one account, by its name.
    Account {
        /// Who ("ana@contoso.com").
        name: String,
    },
    /// Those of an [`Account`] without a name.
    Unnamed {
        /// Where: `https://{host}/{tenant}`.
        authority: String,
    },
    /// Whoever signs in with a profile.
    Profile {
        /// The profile's name.
        profile: String,
    },
}

/// What the About page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct About {
    /// Version of the window's program.
    pub version: String,
    /// Version of the daemon, when it is there.
    pub daemon: Option<String>,
    /// Where profiles are kept.
    pub profiles: String,
    /// Where sign-ins are kept, in words.
    pub keyring: String,
    /// The daemon's socket.
    pub socket: String,
}
