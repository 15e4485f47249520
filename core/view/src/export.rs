use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A profile to be written to a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExportRequest {
    /// Which one.
    pub profile: String,
    /// Where to.
    pub path: String,
    /// In which form.
    pub format: ExportFormat,
    /// Whether the server secret goes with it.
    pub with_secret: bool,
}

/// The form of an exported profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// `azurevpnconfig.xml`, which Microsoft's client reads too.
    #[default]
    Azure,
    /// Spoke's own, which holds all of the profile.
    Spoke,
}
