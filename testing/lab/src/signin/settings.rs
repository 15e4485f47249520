use crate::places;

/// The lab's one account.
pub const ACCOUNT: &str = "ana@contoso.com";
/// Its password, typed into the sign-in page.
pub const PASSWORD: &str = "correct horse battery staple";

/// What tests may change while the server runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Application ids that may ask for tokens.
    pub client_ids: Vec<String>,
    /// Least length of an access token in characters; a filler claim makes it so.
    pub access_token_chars: usize,
    /// Seconds that an access token is valid.
    pub access_token_seconds: u64,
    /// `aud` of access tokens.
    pub audience: String,
    /// `iss` of access tokens.
    pub issuer: String,
    /// Whether signatures of access tokens are spoiled.
    pub spoil_signature: bool,
    /// Refuses every sign-in and every refresh.
    pub refuse: Option<Refusal>,
    /// Refuses every refresh as expired (AADSTS700082).
    pub refresh_expired: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client_ids: vec![places::AUDIENCE.to_owned()],
            access_token_chars: 2400,
            access_token_seconds: 4200,
            audience: places::AUDIENCE.to_owned(),
            issuer: places::issuer(),
            spoil_signature: false,
            refuse: None,
            refresh_expired: false,
        }
    }
}

/// Refusals that depend on the tenant's policy, not on the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Conditional Access blocks (AADSTS53003).
    ConditionalAccess,
    /// An administrator must consent first (AADSTS65001).
    ConsentMissing,
    /// A second factor is needed (AADSTS50076).
    SecondFactor,
    /// The device is not compliant (AADSTS53000).
    DeviceNotCompliant,
}
