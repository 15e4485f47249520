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
    /// Which one, by its key in `spoke profile set`, or `server-secret`.
    pub key: String,
    /// Its value, for people; empty for a field of the form that has none.
    pub value: String,
}
