use crate::notify_words::NotifyText;
use crate::tongue::Tongue;
use crate::{DaemonLink, Picture, PromptKind};
use spoke_api::{Connection, Phase, Problem, ProblemCode};
use spoke_moment::WallTime;
use std::time::Duration;

/// A connection that is back within this time was not worth a word.
const GRACE: Duration = Duration::from_secs(5);
/// After the loss of a connection was told, further ones are left to the tray for so
/// long: a network that comes and goes does not make a noise each time.
const QUIET_AFTER_LOSS: Duration = Duration::from_secs(5 * 60);
/// The same words are not said again within this time.
const QUIET_AFTER_SAME: Duration = Duration::from_secs(60);
/// So long ahead of its end a session is said to end.
const ENDING: Duration = Duration::from_secs(10 * 60);
/// So long the renewal of a sign-in may take before it counts as failed.
const RENEWAL: Duration = Duration::from_secs(30);

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// What it is about.
    pub kind: NotificationKind,
    /// One line.
    pub title: String,
    /// One sentence more.
    pub body: String,
}

impl Notification {
    /// Says that something the user asked for outside of the window was refused.
    #[must_use]
    pub fn refused(profile: &str, problem: &Problem, tongue: Tongue) -> Self {
        Self {
            kind: NotificationKind::Failed,
            title: NotifyText::Failed(profile).say(tongue),
            body: tongue.happened(problem),
        }
    }
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotificationKind {
    /// Traffic flows.
    Connected,
    /// It no longer does, although the user did not end it.
    Lost,
    /// The attempt ended, or the connection for good.
    Failed,
    /// The user has to sign in, or is asked something.
    SignInNeeded,
    /// The sign-in expires soon and was not renewed.
    SessionEnding,
}

/// Decides which changes of the picture are worth a notification.
///
/// Every picture is to be handed in, also while nothing is to be said: what changed then
/// counts as seen. The first picture says nothing.
#[derive(Clone, Debug, Default)]
pub struct Notifier {
    before: Option<Seen>,
    /// When the loss of a connection is to be told, unless it is back by then.
    loss_due: Option<WallTime>,
    /// The loss was told, and its end was not.
    loss_told: bool,
    /// No loss is told before this time.
    loss_quiet_until: WallTime,
    session: Session,
    /// What was said last of each kind.
    said: Vec<(Notification, WallTime)>,
}

/// What is compared from one picture to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    profile: String,
    phase: Phase,
    since_ms: u64,
    service_missing: bool,
    prompt: Option<u32>,
}

/// The sign-in that is in use.
#[derive(Clone, Copy, Debug, Default)]
struct Session {
    expires: u64,
    /// When its renewal was first planned: a later plan means that this one failed.
    first_plan: Option<u64>,
    told: bool,
}

impl Notifier {
    /// What to notify of, now that this is the picture. `watched` says that the user
    /// sees the window.
    pub fn handle_picture(
        &mut self,
        now: WallTime,
        picture: &Picture,
        tongue: Tongue,
        watched: bool,
    ) -> Vec<Notification> {
        let seen = Seen::in_picture(picture);
        let connection = picture.state.connection.as_ref();
        let mut news = Vec::new();
        if let Some(before) = self.before.take() {
            self.compare(now, &before, &seen, connection, tongue, &mut news);
            if seen.prompt.is_some() && seen.prompt != before.prompt {
                news.extend(picture.prompt.as_ref().map(|prompt| {
                    let body = match &prompt.kind {
                        PromptKind::Browser {
                            not_opened: None, ..
                        } => NotifyText::ContinueInBrowser,
                        _ => NotifyText::OpenToContinue,
                    };
                    Notification {
                        kind: NotificationKind::SignInNeeded,
                        title: NotifyText::SignInNeeded(&prompt.profile).say(tongue),
                        body: body.say(tongue),
                    }
                }));
            }
        }
        self.look_at_loss(now, &seen, connection, tongue, &mut news);
        self.look_at_session(now, connection, tongue, &mut news);
        self.before = Some(seen);
        news.retain(|notification| self.is_new(now, notification));
        if watched || !picture.preferences.notifications {
            return Vec::new();
        }
        news
    }

    /// When to hand in the picture again although it did not change.
    #[must_use]
    pub fn deadline(&self, picture: &Picture) -> Option<WallTime> {
        let ending = picture.state.connection.as_ref().and_then(|connection| {
            if self.session.told {
                return None;
            }
            self.session.ends_visibly(connection)
        });
        self.loss_due.into_iter().chain(ending).min()
    }

    fn compare(
        &mut self,
        now: WallTime,
        before: &Seen,
        seen: &Seen,
        connection: Option<&Connection>,
        tongue: Tongue,
        news: &mut Vec<Notification>,
    ) {
        let name = seen.profile.as_str();
        let same = before.profile == seen.profile;
        if !same {
            self.loss_due = None;
            self.loss_told = false;
        }
        if before.phase == Phase::Connected && seen.service_missing && !before.service_missing {
            self.loss_due = None;
            self.loss_told = false;
            news.push(Notification {
                kind: NotificationKind::Lost,
                title: NotifyText::Lost(&before.profile).say(tongue),
                body: NotifyText::ServiceStopped.say(tongue),
            });
            return;
        }
        match seen.phase {
            Phase::Connected if before.phase != Phase::Connected || !same => {
                let pending = self.loss_due.take().is_some();
                let again = std::mem::take(&mut self.loss_told) && same;
                // Nobody was told that it was gone.
                let unnoticed = same && !again && (pending || is_on_the_way_back(before.phase));
                if !unnoticed {
                    let title = if again {
                        NotifyText::ConnectedAgain(name)
                    } else {
                        NotifyText::Connected(name)
                    };
                    news.push(Notification {
                        kind: NotificationKind::Connected,
                        title: title.say(tongue),
                        body: NotifyText::TrafficFlows.say(tongue),
                    });
                }
            }
            Phase::Failed if before.phase != Phase::Failed || before.since_ms != seen.since_ms => {
                self.loss_due = None;
                self.loss_told = false;
                let problem = connection.and_then(|connection| connection.problem.as_ref());
                if problem.is_none_or(|problem| problem.code != ProblemCode::Cancelled) {
                    news.push(Notification {
                        kind: NotificationKind::Failed,
                        title: NotifyText::Failed(name).say(tongue),
                        body: problem.map_or_else(String::new, |it| tongue.happened(it)),
                    });
                }
            }
            phase
                if before.phase == Phase::Connected
                    && same
                    && is_lost(phase)
                    && now >= self.loss_quiet_until =>
            {
                self.loss_due = Some(now.plus(GRACE));
            }
            Phase::Disconnected | Phase::Disconnecting | Phase::Paused => {
                self.loss_due = None;
                self.loss_told = false;
            }
            _ => {}
        }
    }

    fn look_at_loss(
        &mut self,
        now: WallTime,
        seen: &Seen,
        connection: Option<&Connection>,
        tongue: Tongue,
        news: &mut Vec<Notification>,
    ) {
        if self.loss_due.is_none_or(|due| due > now) {
            return;
        }
        self.loss_due = None;
        self.loss_told = true;
        self.loss_quiet_until = now.plus(QUIET_AFTER_LOSS);
        let problem = connection.and_then(|connection| connection.problem.as_ref());
        news.push(Notification {
            kind: NotificationKind::Lost,
            title: NotifyText::Lost(&seen.profile).say(tongue),
            body: match problem {
                Some(problem) => tongue.happened(problem),
                None => NotifyText::TriesAgain.say(tongue),
            },
        });
    }

    fn look_at_session(
        &mut self,
        now: WallTime,
        connection: Option<&Connection>,
        tongue: Tongue,
        news: &mut Vec<Notification>,
    ) {
        let Some(connection) = connection else {
            return;
        };
        let Some(expires) = connection.sign_in_expires else {
            return;
        };
        if self.session.expires != expires {
            self.session = Session {
                expires,
                first_plan: None,
                told: false,
            };
        }
        if self.session.first_plan.is_none() {
            self.session.first_plan = connection.sign_in_renews;
        }
        let due = self.session.ends_visibly(connection);
        if self.session.told || due.is_none_or(|due| due > now) {
            return;
        }
        self.session.told = true;
        let left = WallTime::from_unix(expires).until_from(now);
        if left.is_zero() {
            return;
        }
        news.push(Notification {
            kind: NotificationKind::SessionEnding,
            title: NotifyText::SessionEnds(&connection.profile).say(tongue),
            body: NotifyText::TimeLeft {
                minutes: left.as_secs().div_ceil(60),
            }
            .say(tongue),
        });
    }

    /// Whether it was not said just now; it counts as said from here on.
    fn is_new(&mut self, now: WallTime, notification: &Notification) -> bool {
        self.said
            .retain(|(_, at)| at.plus(QUIET_AFTER_SAME) > now && *at <= now);
        if self.said.iter().any(|(said, _)| said == notification) {
            return false;
        }
        self.said.push((notification.clone(), now));
        true
    }
}

impl Seen {
    fn in_picture(picture: &Picture) -> Self {
        let connection = picture.state.connection.as_ref();
        Self {
            profile: connection.map_or_else(String::new, |it| it.profile.clone()),
            phase: picture.state.phase(),
            since_ms: connection.map_or(0, |it| it.since_ms),
            service_missing: matches!(picture.daemon, DaemonLink::Missing { .. }),
            prompt: picture.prompt.as_ref().map(|prompt| prompt.id),
        }
    }
}

impl Session {
    /// When the user is to hear that the session ends, if it comes to that.
    fn ends_visibly(&self, connection: &Connection) -> Option<WallTime> {
        if connection.phase != Phase::Connected {
            return None;
        }
        let expires = connection.sign_in_expires?;
        let ending = WallTime::from_unix(expires.saturating_sub(ENDING.as_secs()));
        match (self.first_plan, connection.sign_in_renews) {
            // It will renew by itself.
            (_, Some(plan)) if self.first_plan.is_none_or(|first| plan <= first) => None,
            // It is being renewed, or that failed for good.
            (Some(first), None) => Some(ending.max(WallTime::from_unix(first).plus(RENEWAL))),
            _ => Some(ending),
        }
    }
}

fn is_lost(phase: Phase) -> bool {
    is_on_the_way_back(phase) || matches!(phase, Phase::Connecting | Phase::SigningIn)
}

fn is_on_the_way_back(phase: Phase) -> bool {
    matches!(phase, Phase::Reconnecting | Phase::Blocked)
}

#[cfg(test)]
mod tests;
