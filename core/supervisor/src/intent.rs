/// A user's wish to be connected. It outlives the process, apart from any state: after a
/// crash, an update or a restart of the computer a program of the user's, which has the
/// profile, connects again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// User id.
    pub uid: u32,
    /// Name of the profile; its contents hold secrets, and are the user's.
    pub profile: String,
    /// Whether nothing but the tunnel is to be let out meanwhile.
    pub lockdown: bool,
}
