use crate::tongue::Tongue;

/// What is said in notifications. Names and the daemon's sentences come in as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotifyText<'a> {
    Connected(&'a str),
    ConnectedAgain(&'a str),
    TrafficFlows,
    Lost(&'a str),
    TriesAgain,
    ServiceStopped,
    Failed(&'a str),
    SignInNeeded(&'a str),
    ContinueInBrowser,
    OpenToContinue,
    SessionEnds(&'a str),
    TimeLeft { minutes: u64 },
}

impl NotifyText<'_> {
    pub(crate) fn say(self, tongue: Tongue) -> String {
        match self {
            Self::Connected(name) => tongue.choose(
                format!("Connected to {name}"),
                format!("Verbunden mit {name}"),
            ),
            Self::ConnectedAgain(name) => tongue.choose(
                format!("Connected to {name} again"),
                format!("Wieder verbunden mit {name}"),
            ),
            Self::TrafficFlows => tongue.choose(
                "The network behind it can be reached.",
                "Das Netzwerk dahinter ist erreichbar.",
            ),
            Self::Lost(name) => tongue.choose(
                format!("Connection to {name} lost"),
                format!("Verbindung mit {name} verloren"),
            ),
            Self::TriesAgain => tongue.choose(
                "Spoke is trying to connect again.",
                "Spoke versucht, sie wiederherzustellen.",
            ),
            Self::ServiceStopped => tongue.choose(
                "Spoke's service has stopped.",
                "Der Dienst von Spoke wurde beendet.",
            ),
            Self::Failed(name) => tongue.choose(
                format!("Connection to {name} failed"),
                format!("Verbindung mit {name} fehlgeschlagen"),
            ),
            Self::SignInNeeded(name) => tongue.choose(
                format!("Sign-in to {name} needed"),
                format!("Anmeldung bei {name} nötig"),
            ),
            Self::ContinueInBrowser => tongue.choose(
                "Continue in your browser.",
                "Fahren Sie in Ihrem Browser fort.",
            ),
            Self::OpenToContinue => tongue.choose(
                "Open Spoke to continue.",
                "Öffnen Sie Spoke, um fortzufahren.",
            ),
            Self::SessionEnds(name) => tongue.choose(
                format!("Session with {name} ends soon"),
                format!("Sitzung mit {name} endet bald"),
            ),
            Self::TimeLeft { minutes: 0 | 1 } => tongue.choose(
                "About a minute is left. Open Spoke to renew the sign-in.",
                "Es bleibt etwa eine Minute. Öffnen Sie Spoke, um die Anmeldung zu erneuern.",
            ),
            Self::TimeLeft { minutes } => tongue.choose(
                format!("{minutes} minutes are left. Open Spoke to renew the sign-in."),
                format!(
                    "Es bleiben {minutes} Minuten. Öffnen Sie Spoke, um die Anmeldung zu erneuern."
                ),
            ),
        }
    }
}
