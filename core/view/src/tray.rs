use crate::tongue::Tongue;
use crate::tray_words::TrayText;
use crate::{DaemonLink, Picture};
use spoke_api::{Connection, Phase};

/// More profiles than these are left to the window.
const MOST_PROFILES: usize = 12;

/// What the tray, or the menu bar, shows. It holds nothing that moves by itself, so it
/// stays equal for as long as the user has nothing new to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tray {
    /// The shape of the icon.
    pub icon: TrayIcon,
    /// What the icon says when it is pointed at; also its name for screen readers.
    pub tooltip: String,
    /// The menu, from the top.
    pub menu: Vec<TrayEntry>,
}

/// A shape. No two differ by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrayIcon {
    /// Nothing is connected: a broken ring, struck through.
    Disconnected,
    /// On the way: a clock.
    Connecting,
    /// Connected: the whole wheel.
    Connected,
    /// The user is needed: a triangle with an exclamation mark.
    Attention,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrayEntry {
    /// Says something.
    Label(String),
    /// A line between groups.
    Separator,
    /// Does something.
    Item {
        /// What it says.
        label: String,
        /// What it does.
        act: TrayAct,
        /// Whether it can be chosen now.
        enabled: bool,
    },
}

/// What a line of the menu does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrayAct {
    /// Shows the window.
    OpenWindow,
    /// Connects with this profile.
    Connect(String),
    /// Ends the connection, or the attempt.
    Disconnect,
    /// Ends the program.
    Quit,
}

impl Tray {
    /// What to show for this picture.
    #[must_use]
    pub fn of(picture: &Picture, tongue: Tongue) -> Self {
        let state = state_line(picture).say(tongue);
        let mut menu = vec![TrayEntry::Label(state.clone()), TrayEntry::Separator];
        if picture.prompt.is_some() {
            menu.push(item(
                TrayText::AnswerPrompt,
                tongue,
                TrayAct::OpenWindow,
                true,
            ));
        }
        let before_profiles = menu.len();
        let busy = picture.state.connection.as_ref().filter(|it| is_on(it));
        if let Some(connection) = busy {
            let text = match connection.phase {
                Phase::Connecting | Phase::SigningIn => TrayText::GiveUpConnecting,
                _ => TrayText::Disconnect,
            }(&connection.profile);
            let possible = connection.phase != Phase::Disconnecting;
            menu.push(item(text, tongue, TrayAct::Disconnect, possible));
        }
        let reachable = matches!(picture.daemon, DaemonLink::Connected { .. });
        let others = picture
            .profiles
            .iter()
            .filter(|profile| busy.is_none_or(|connection| connection.profile != profile.name));
        for profile in others.clone().take(MOST_PROFILES) {
            let act = TrayAct::Connect(profile.name.clone());
            let possible = reachable && busy.is_none();
            menu.push(item(
                TrayText::Connect(&profile.name),
                tongue,
                act,
                possible,
            ));
        }
        if others.count() > MOST_PROFILES {
            menu.push(item(
                TrayText::MoreProfiles,
                tongue,
                TrayAct::OpenWindow,
                true,
            ));
        }
        if menu.len() > before_profiles {
            menu.push(TrayEntry::Separator);
        }
        menu.push(item(
            TrayText::OpenWindow,
            tongue,
            TrayAct::OpenWindow,
            true,
        ));
        menu.push(item(TrayText::Quit, tongue, TrayAct::Quit, true));
        Self {
            icon: icon(picture),
            tooltip: format!("Spoke: {state}"),
            menu,
        }
    }
}

fn item(text: TrayText<'_>, tongue: Tongue, act: TrayAct, enabled: bool) -> TrayEntry {
    TrayEntry::Item {
        label: text.say(tongue),
        act,
        enabled,
    }
}

/// Whether there is something to end.
fn is_on(connection: &Connection) -> bool {
    !matches!(connection.phase, Phase::Disconnected | Phase::Failed)
}

fn state_line(picture: &Picture) -> TrayText<'_> {
    if matches!(picture.daemon, DaemonLink::Missing { .. }) {
        return TrayText::ServiceMissing;
    }
    let Some(connection) = &picture.state.connection else {
        return TrayText::NotConnected;
    };
    let name = connection.profile.as_str();
    match connection.phase {
        Phase::Disconnected => TrayText::NotConnected,
        Phase::Connecting => TrayText::ConnectingTo(name),
        Phase::SigningIn => TrayText::SigningInTo(name),
        Phase::Connected => TrayText::ConnectedTo(name),
        Phase::Reconnecting => TrayText::ReconnectingTo(name),
        Phase::Paused => TrayText::Paused(name),
        Phase::Blocked => TrayText::WaitsForNetwork(name),
        Phase::Disconnecting => TrayText::DisconnectingFrom(name),
        Phase::Failed => TrayText::FailedTo(name),
    }
}

fn icon(picture: &Picture) -> TrayIcon {
    if picture.prompt.is_some() || matches!(picture.daemon, DaemonLink::Missing { .. }) {
        return TrayIcon::Attention;
    }
    match picture.state.phase() {
        Phase::Disconnected | Phase::Paused => TrayIcon::Disconnected,
        Phase::Connecting | Phase::SigningIn | Phase::Reconnecting | Phase::Disconnecting => {
            TrayIcon::Connecting
        }
        Phase::Connected => TrayIcon::Connected,
        Phase::Blocked | Phase::Failed => TrayIcon::Attention,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{daemon, picture, profile, prompt};
    use std::collections::BTreeSet;

    fn acts(tray: &Tray) -> Vec<(&TrayAct, bool)> {
        tray.menu
            .iter()
            .filter_map(|entry| match entry {
                TrayEntry::Item { act, enabled, .. } => Some((act, *enabled)),
                _ => None,
            })
            .collect()
    }

    fn labels(tray: &Tray) -> Vec<&str> {
        tray.menu
            .iter()
            .map(|entry| match entry {
                TrayEntry::Label(label) | TrayEntry::Item { label, .. } => label.as_str(),
                TrayEntry::Separator => "-",
            })
            .collect()
    }

    #[test]
    fn the_menu_names_each_profile() {
        let mut picture = picture(Phase::Connected);
        picture.profiles = vec![profile("contoso"), profile("fabrikam")];
        let english = Tray::of(&picture, Tongue::English);
        assert_eq!(
            labels(&english),
            [
                "Connected to contoso",
                "-",
                "Disconnect from contoso",
                "Connect to fabrikam",
                "-",
                "Open Spoke",
                "Quit"
            ]
        );
        assert_eq!(english.tooltip, "Spoke: Connected to contoso");
        let german = Tray::of(&picture, Tongue::German);
        assert_eq!(
            labels(&german)[2..4],
            ["Von contoso trennen", "Mit fabrikam verbinden"]
        );
    }

    #[test]
    fn only_one_connection_at_a_time_is_offered() {
        for phase in Phase::ALL {
            let mut picture = picture(phase);
            picture.profiles = vec![profile("contoso"), profile("fabrikam")];
            let tray = Tray::of(&picture, Tongue::English);
            let ends = acts(&tray)
                .iter()
                .filter(|(act, _)| **act == TrayAct::Disconnect)
                .count();
            let begins = acts(&tray)
                .iter()
                .filter(|(act, enabled)| matches!(act, TrayAct::Connect(_)) && *enabled)
                .count();
            let expected = match phase {
                Phase::Disconnected | Phase::Failed => (0, 2),
                _ => (1, 0),
            };
            assert_eq!((ends, begins), expected, "{phase:?}");
        }
    }

    #[test]
    fn a_connection_without_a_profile_can_be_ended() {
        let tray = Tray::of(&picture(Phase::Reconnecting), Tongue::English);
        assert!(acts(&tray).contains(&(&TrayAct::Disconnect, true)));
    }

    #[test]
    fn nothing_is_offered_to_a_service_that_is_missing() {
        let mut picture = picture(Phase::Disconnected);
        picture.profiles = vec![profile("contoso")];
        picture.daemon = daemon(false);
        let tray = Tray::of(&picture, Tongue::English);
        assert_eq!(tray.icon, TrayIcon::Attention);
        assert!(acts(&tray).contains(&(&TrayAct::Connect("contoso".into()), false)));
        assert!(acts(&tray).contains(&(&TrayAct::OpenWindow, true)));
    }

    #[test]
    fn a_long_list_is_left_to_the_window() {
        let mut picture = picture(Phase::Disconnected);
        picture.profiles = (0..40).map(|n| profile(&format!("profile {n}"))).collect();
        let tray = Tray::of(&picture, Tongue::English);
        assert!(tray.menu.len() < 20);
        assert!(labels(&tray).contains(&"More profiles…"));
    }

    #[test]
    fn what_waits_for_the_user_shows() {
        let mut picture = picture(Phase::SigningIn);
        assert_eq!(
            Tray::of(&picture, Tongue::English).icon,
            TrayIcon::Connecting
        );
        picture.prompt = Some(prompt(1));
        let tray = Tray::of(&picture, Tongue::English);
        assert_eq!(tray.icon, TrayIcon::Attention);
        assert!(labels(&tray).contains(&"Continue the sign-in…"));
    }

    #[test]
    fn it_stays_equal_while_only_numbers_move() {
        let mut picture = picture(Phase::Connected);
        let before = Tray::of(&picture, Tongue::English);
        if let Some(connection) = &mut picture.state.connection {
            connection.traffic.received += 1;
            connection.since_ms += 1000;
        }
        assert_eq!(Tray::of(&picture, Tongue::English), before);
    }

    #[test]
    fn each_phase_has_words_of_its_own_in_both_languages() {
        for tongue in [Tongue::English, Tongue::German] {
            let lines: BTreeSet<String> = Phase::ALL
                .into_iter()
                .map(|phase| Tray::of(&picture(phase), tongue).tooltip)
                .collect();
            assert_eq!(lines.len(), Phase::ALL.len(), "{lines:?}");
        }
    }
}
