use super::*;
use crate::UserPrompt;
use crate::samples::{daemon, picture, problem, prompt};
use proptest::prelude::*;

const START: u64 = 1_800_000_000;

/// A notifier that has seen a first picture, and its clock.
struct Play {
    notifier: Notifier,
    now: u64,
}

impl Play {
    fn beginning_with(picture: &Picture) -> Self {
        let mut play = Self {
            notifier: Notifier::default(),
            now: START,
        };
        assert_eq!(play.kinds(0, picture), []);
        play
    }

    fn news(&mut self, after: u64, picture: &Picture) -> Vec<Notification> {
        self.now += after;
        let now = WallTime::from_unix(self.now);
        self.notifier
            .handle_picture(now, picture, Tongue::English, false)
    }

    fn kinds(&mut self, after: u64, picture: &Picture) -> Vec<NotificationKind> {
        let news = self.news(after, picture);
        news.into_iter().map(|it| it.kind).collect()
    }

    /// Seconds from now to the notifier's deadline.
    fn deadline(&self, picture: &Picture) -> Option<u64> {
        let deadline = self.notifier.deadline(picture)?;
        Some(deadline.unix().saturating_sub(self.now))
    }
}

fn session(expires_in: u64, renews_in: Option<u64>) -> Picture {
    let mut picture = picture(Phase::Connected);
    if let Some(connection) = &mut picture.state.connection {
        connection.sign_in_expires = Some(START + expires_in);
        connection.sign_in_renews = renews_in.map(|after| START + after);
    }
    picture
}

#[test]
fn what_was_so_before_the_start_is_not_told() {
    for phase in Phase::ALL {
        Play::beginning_with(&picture(phase));
    }
}

#[test]
fn a_connection_is_told_once() {
    let mut play = Play::beginning_with(&picture(Phase::Disconnected));
    assert_eq!(play.kinds(1, &picture(Phase::Connecting)), []);
    let connected = picture(Phase::Connected);
    let news = play.news(1, &connected);
    assert_eq!(news.len(), 1);
    assert_eq!(news[0].title, "Connected to contoso");
    assert_eq!(play.kinds(1, &connected), []);
    assert_eq!(play.deadline(&connected), None);
}

#[test]
fn a_short_loss_is_not_worth_a_word() {
    let mut play = Play::beginning_with(&picture(Phase::Connected));
    assert_eq!(play.kinds(1, &picture(Phase::Reconnecting)), []);
    assert_eq!(play.deadline(&picture(Phase::Reconnecting)), Some(5));
    assert_eq!(play.kinds(2, &picture(Phase::Connected)), []);
    assert_eq!(play.deadline(&picture(Phase::Connected)), None);
}

#[test]
fn a_lasting_loss_and_its_end_are_told() {
    let mut play = Play::beginning_with(&picture(Phase::Connected));
    let mut lost = picture(Phase::Reconnecting);
    if let Some(connection) = &mut lost.state.connection {
        connection.problem = Some(problem(ProblemCode::GatewayUnreachable));
    }
    assert_eq!(play.kinds(1, &lost), []);
    let news = play.news(5, &lost);
    assert_eq!(news[0].title, "Connection to contoso lost");
    assert_eq!(news[0].body, "It went wrong");
    assert_eq!(play.kinds(60, &lost), []);
    let news = play.news(1, &picture(Phase::Connected));
    assert_eq!(news[0].title, "Connected to contoso again");
}

#[test]
fn a_flapping_network_makes_no_noise() {
    let mut play = Play::beginning_with(&picture(Phase::Connected));
    let mut told = 0;
    // Ten seconds away, ten seconds back, for half an hour.
    for _ in 0..90 {
        told += play.kinds(10, &picture(Phase::Reconnecting)).len();
        told += play.kinds(6, &picture(Phase::Reconnecting)).len();
        told += play.kinds(4, &picture(Phase::Connected)).len();
    }
    assert!((2..=12).contains(&told), "{told}");
}

#[test]
fn the_users_own_end_is_not_told() {
    for last in [Phase::Disconnecting, Phase::Disconnected, Phase::Paused] {
        let mut play = Play::beginning_with(&picture(Phase::Connected));
        assert_eq!(play.kinds(1, &picture(last)), []);
        assert_eq!(play.kinds(60, &picture(last)), []);
    }
    let mut play = Play::beginning_with(&picture(Phase::Connecting));
    let mut cancelled = picture(Phase::Failed);
    if let Some(connection) = &mut cancelled.state.connection {
        connection.problem = Some(problem(ProblemCode::Cancelled));
    }
    assert_eq!(play.kinds(1, &cancelled), []);
}

#[test]
fn each_failed_attempt_is_told() {
    let mut play = Play::beginning_with(&picture(Phase::Connecting));
    let mut failed = picture(Phase::Failed);
    assert_eq!(play.kinds(1, &failed), [NotificationKind::Failed]);
    assert_eq!(play.kinds(1, &failed), []);
    if let Some(connection) = &mut failed.state.connection {
        connection.since_ms += 70_000;
    }
    assert_eq!(play.kinds(70, &failed), [NotificationKind::Failed]);
}

#[test]
fn a_service_that_stops_under_a_connection_is_told() {
    let mut play = Play::beginning_with(&picture(Phase::Connected));
    let gone = Picture {
        daemon: daemon(false),
        ..Picture::default()
    };
    let news = play.news(1, &gone);
    assert_eq!(news[0].title, "Connection to contoso lost");
    assert_eq!(play.kinds(10, &gone), []);
    let mut idle = Play::beginning_with(&picture(Phase::Disconnected));
    assert_eq!(idle.kinds(1, &gone), []);
}

#[test]
fn each_question_is_told_once() {
    let mut play = Play::beginning_with(&picture(Phase::Connecting));
    let mut asked = picture(Phase::SigningIn);
    asked.prompt = Some(prompt(1));
    let news = play.news(1, &asked);
    assert_eq!(news[0].title, "Sign-in to contoso needed");
    assert_eq!(news[0].body, "Continue in your browser.");
    assert_eq!(play.kinds(1, &asked), []);
    asked.prompt = Some(password(2));
    assert_eq!(play.kinds(1, &asked), [NotificationKind::SignInNeeded]);
}

fn password(id: u32) -> UserPrompt {
    UserPrompt {
        kind: PromptKind::Password {
            username: None,
            can_remember: false,
            proxy: None,
        },
        ..prompt(id)
    }
}

#[test]
fn a_session_that_renews_itself_ends_without_a_word() {
    let before = session(3600, Some(2700));
    let mut play = Play::beginning_with(&before);
    assert_eq!(play.deadline(&before), None);
    // Asked for at its time, and had a second later.
    assert_eq!(play.kinds(2700, &session(3600, None)), []);
    let renewed = session(7200, Some(5400));
    assert_eq!(play.kinds(1, &renewed), []);
    assert_eq!(play.kinds(2000, &renewed), []);
}

#[test]
fn a_session_whose_renewal_failed_is_told_to_end() {
    let mut play = Play::beginning_with(&session(3600, Some(2700)));
    assert_eq!(play.kinds(2700, &session(3600, None)), []);
    let failed = session(3600, Some(3150));
    assert_eq!(play.kinds(2, &failed), []);
    assert_eq!(play.deadline(&failed), Some(298));
    let news = play.news(298, &failed);
    assert_eq!(news[0].title, "Session with contoso ends soon");
    assert!(news[0].body.starts_with("10 minutes are left."), "{news:?}");
    assert_eq!(play.deadline(&failed), None);
    assert_eq!(play.kinds(150, &session(3600, None)), []);
}

#[test]
fn a_session_that_cannot_renew_is_told_to_end() {
    let mut play = Play::beginning_with(&session(3600, None));
    let same = session(3600, None);
    assert_eq!(play.deadline(&same), Some(3000));
    assert_eq!(play.kinds(3000, &same), [NotificationKind::SessionEnding]);
    assert_eq!(play.kinds(1, &same), []);
}

#[test]
fn nothing_is_told_to_somebody_who_looks_or_does_not_want_it() {
    let now = WallTime::from_unix(START);
    let mut unwanted = picture(Phase::Connected);
    unwanted.preferences.notifications = false;
    for (picture, watched) in [(unwanted, false), (picture(Phase::Connected), true)] {
        let mut notifier = Notifier::default();
        let connecting = super::tests::picture(Phase::Connecting);
        assert_eq!(
            notifier.handle_picture(now, &connecting, Tongue::English, false),
            []
        );
        assert_eq!(
            notifier.handle_picture(now, &picture, Tongue::English, watched),
            []
        );
        // It counts as seen.
        let again = super::tests::picture(Phase::Connected);
        assert_eq!(
            notifier.handle_picture(now, &again, Tongue::English, false),
            []
        );
    }
}

fn any_picture() -> impl Strategy<Value = Picture> {
    (
        prop::sample::select(Phase::ALL.to_vec()),
        any::<bool>(),
        prop::option::of(0..4_u32),
        prop::option::of(0..4000_u64),
        prop::option::of(0..4000_u64),
        prop::bool::weighted(0.1),
        0..3_u64,
    )
        .prop_map(|(phase, other, asked, expires, renews, missing, since)| {
            let mut picture = picture(phase);
            picture.daemon = daemon(!missing);
            picture.prompt = asked.map(prompt);
            if let Some(connection) = &mut picture.state.connection {
                connection.since_ms = since;
                connection.sign_in_expires = expires.map(|after| START + after);
                connection.sign_in_renews = renews.map(|after| START + after);
                if other {
                    connection.profile = "fabrikam".to_owned();
                }
            }
            picture
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_same_change_never_notifies_twice(steps in prop::collection::vec((0..400_u64, any_picture()), 1..40)) {
        let mut play = Play { notifier: Notifier::default(), now: START };
        for (after, picture) in steps {
            play.news(after, &picture);
            // The same picture again at once, and once its deadline has come.
            prop_assert_eq!(play.news(0, &picture), []);
            if let Some(after) = play.deadline(&picture) {
                prop_assert!(after > 0, "a deadline that has passed would never let the program sleep");
                play.news(after, &picture);
                prop_assert_eq!(play.news(0, &picture), []);
            }
        }
    }

    #[test]
    fn the_same_words_are_not_said_twice_in_a_minute(steps in prop::collection::vec((0..20_u64, any_picture()), 1..60)) {
        let mut play = Play { notifier: Notifier::default(), now: START };
        let mut said: Vec<(u64, Notification)> = Vec::new();
        for (after, picture) in steps {
            for news in play.news(after, &picture) {
                let again = said.iter().any(|(at, before)| *before == news && play.now - at < 60);
                prop_assert!(!again, "{:?}", news);
                said.push((play.now, news));
            }
        }
    }
}
