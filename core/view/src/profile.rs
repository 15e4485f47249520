use crate::{ProfileForm, ProfileSummary};
use serde::{Deserialize, Serialize};
use spoke_profile::Finding;
use ts_rs::TS;

/// A stored profile in full, without its secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileDetail {
    /// As in the list.
    pub summary: ProfileSummary,
    /// All fields, grouped as in the form.
    pub groups: Vec<RowGroup>,
    /// What is worth knowing about it.
    pub findings: Vec<Finding>,
    /// The profile as it comes into the form.
    pub form: ProfileForm,
    /// The profile has a client certificate whose private key is in the keyring.
    pub has_private_key: bool,
    /// What an Azure file cannot hold of it, by the keys of `spoke profile set`.
    pub lost_in_azure: Vec<String>,
}

/// Fields that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RowGroup {
    /// Which group: `connection`, `server_check`, `sign_in`, `network`, `openvpn`.
    pub group: String,
    /// Its fields.
    pub rows: Vec<Row>,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Row {
    /// Which one, by its key in `spoke profile set`.
    pub key: String,
    /// Its value, for people.
    pub value: String,
}

/// One field in which two profiles differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Difference {
    /// The field, by its name in the document `spoke.profile/1`, or `server_secret`.
    pub field: String,
    /// What the stored one has; absent when it has none. Secrets are not shown.
    pub before: Option<String>,
    /// What the new one has; absent when it has none.
    pub after: Option<String>,
}
