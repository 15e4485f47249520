use crate::RowGroup;
use serde::{Deserialize, Serialize};
use spoke_api::Problem;
use spoke_profile::{Difference, Finding};
use ts_rs::TS;
use zeroize::Zeroizing;

/// What was found in the files that the user gave, for the user to choose from. The
/// profiles themselves stay behind under [`ImportPlan::id`], with their secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ImportPlan {
    /// Number to be given back with the choices.
    pub id: u32,
    /// Where it was looked.
    pub source: ImportSource,
    /// What can be saved.
    pub profiles: Vec<PlannedProfile>,
    /// What looked like a profile and is none.
    pub refused: Vec<RefusedFile>,
    /// What else is worth telling, as sentences.
    pub notes: Vec<String>,
}

/// Where profiles were looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ImportSource {
    /// Files, packages or folders of the user's choice.
    Files {
        /// Their names, without folders.
        names: Vec<String>,
    },
    /// The folders of Microsoft's own client.
    AzureVpnClient {
        /// Those that exist.
        folders: Vec<String>,
    },
}

/// A profile that can be saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlannedProfile {
    /// Its place in the plan, to be given back.
    pub index: u32,
    /// The file, inside the package when it came in one.
    pub path: String,
    /// The name it has; with a number when one before it in the plan has the same.
    pub name: String,
    /// All its fields, grouped as in the form.
    pub groups: Vec<RowGroup>,
    /// What was repaired.
    pub repairs: Vec<Repair>,
    /// What is worth knowing, warnings first; without the repairs.
    pub findings: Vec<Finding>,
    /// How it differs from the stored profile of that name: not at all when it is saved
    /// already. Absent when the name is free.
    pub clash: Option<Vec<Difference>>,
    /// A name that is free, for keeping both.
    pub free_name: String,
    /// The file names a sign-in host that is not Microsoft's: the user has to trust it.
    pub untrusted_authority: Option<String>,
    /// The private key comes in a file under a password, which is asked for on saving.
    pub needs_file_password: bool,
    /// The file was exported without its server secret: [`ImportChoice::secret`] is needed.
    pub needs_secret: bool,
    /// The file brings a password of the user's, which can be kept in the keyring.
    pub has_password: bool,
}

/// A repair, and whether it can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Repair {
    /// What was found and what was done.
    pub finding: Finding,
    /// The key and the value as it stood in the file, when the value can be kept; absent
    /// when a profile cannot hold it.
    pub original: Option<(String, String)>,
}

/// A file that looked like a profile and is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RefusedFile {
    /// The file, inside the package when it came in one.
    pub path: String,
    /// Why, and what to do.
    pub problem: Problem,
}

/// What to do with one profile of a plan. Those without a choice are not saved.
/// It may hold a secret, so it cannot be printed.
#[derive(Deserialize, TS)]
pub struct ImportChoice {
    /// Which one: [`PlannedProfile::index`].
    pub index: u32,
    /// The name to save it under.
    pub name: String,
    /// What to do when that name is taken.
    pub on_clash: OnClash,
    /// Places in [`PlannedProfile::repairs`] that are to be undone.
    pub undo: Vec<u32>,
    /// The user trusts [`PlannedProfile::untrusted_authority`].
    pub trust_authority: bool,
    /// The server secret, with [`PlannedProfile::needs_secret`].
    #[serde(default)]
    #[ts(optional, type = "string")]
    pub secret: Option<Zeroizing<String>>,
    /// Whether the password of [`PlannedProfile::has_password`] is to be kept.
    #[serde(default)]
    #[ts(optional, type = "boolean")]
    pub keep_password: Option<bool>,
}

/// What to do when a name is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OnClash {
    /// Nothing is saved, and the user is told.
    #[default]
    Refuse,
    /// The new one takes the place of the old.
    Replace,
}
