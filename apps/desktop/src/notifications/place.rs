//! Which notifications take each other's place.

use spoke_view::NotificationKind;

/// Those of one place replace each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Connection,
    SignIn,
    Session,
}

impl Place {
    pub(super) fn of(kind: NotificationKind) -> Self {
        match kind {
            NotificationKind::Connected | NotificationKind::Lost | NotificationKind::Failed => {
                Self::Connection
            }
            NotificationKind::SignInNeeded => Self::SignIn,
            NotificationKind::SessionEnding => Self::Session,
        }
    }
}
