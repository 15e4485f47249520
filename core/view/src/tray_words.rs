use crate::tongue::Tongue;

/// What is said in the tray. The window's pages have their own texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrayText<'a> {
    NotConnected,
    ServiceMissing,
    ConnectingTo(&'a str),
    SigningInTo(&'a str),
    ConnectedTo(&'a str),
    ReconnectingTo(&'a str),
    Paused(&'a str),
    WaitsForNetwork(&'a str),
    DisconnectingFrom(&'a str),
    FailedTo(&'a str),
    Connect(&'a str),
    Disconnect(&'a str),
    GiveUpConnecting(&'a str),
    AnswerPrompt,
    MoreProfiles,
    OpenWindow,
    Quit,
}

impl TrayText<'_> {
    pub(crate) fn say(self, tongue: Tongue) -> String {
        match self {
            Self::NotConnected => tongue.choose("Not connected", "Nicht verbunden"),
            Self::ServiceMissing => tongue.choose(
                "Spoke's service is not running",
                "Der Dienst von Spoke läuft nicht",
            ),
            Self::ConnectingTo(name) => tongue.choose(
                format!("Connecting to {name}…"),
                format!("Verbinden mit {name} …"),
            ),
            Self::SigningInTo(name) => tongue.choose(
                format!("Waiting for your sign-in to {name}"),
                format!("Wartet auf Ihre Anmeldung bei {name}"),
            ),
            Self::ConnectedTo(name) => tongue.choose(
                format!("Connected to {name}"),
                format!("Verbunden mit {name}"),
            ),
            Self::ReconnectingTo(name) => tongue.choose(
                format!("Reconnecting to {name}…"),
                format!("Erneut verbinden mit {name} …"),
            ),
            Self::Paused(name) => tongue.choose(
                format!("Connection to {name} paused"),
                format!("Verbindung mit {name} angehalten"),
            ),
            Self::WaitsForNetwork(name) => tongue.choose(
                format!("Connection to {name} waits for the network"),
                format!("Verbindung mit {name} wartet auf das Netzwerk"),
            ),
            Self::DisconnectingFrom(name) => tongue.choose(
                format!("Disconnecting from {name}…"),
                format!("Verbindung mit {name} trennen …"),
            ),
            Self::FailedTo(name) => tongue.choose(
                format!("Connection to {name} failed"),
                format!("Verbindung mit {name} fehlgeschlagen"),
            ),
            Self::Connect(name) => tongue.choose(
                format!("Connect to {name}"),
                format!("Mit {name} verbinden"),
            ),
            Self::Disconnect(name) => tongue.choose(
                format!("Disconnect from {name}"),
                format!("Von {name} trennen"),
            ),
            Self::GiveUpConnecting(name) => tongue.choose(
                format!("Stop connecting to {name}"),
                format!("Verbinden mit {name} abbrechen"),
            ),
            Self::AnswerPrompt => tongue.choose("Continue the sign-in…", "Anmeldung fortsetzen …"),
            Self::MoreProfiles => tongue.choose("More profiles…", "Weitere Profile …"),
            Self::OpenWindow => tongue.choose("Open Spoke", "Spoke öffnen"),
            Self::Quit => tongue.choose("Quit", "Beenden"),
        }
    }
}
