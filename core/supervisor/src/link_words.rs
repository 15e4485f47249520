//! What a link does on the gateway's words: tokens, further steps of a sign-in, and refusals that say what to do next.

use crate::link::{Link, Then};
use crate::timer::{Step, Timer};
use crate::tries::Advice;
use crate::turn::Turn;
use spoke_api::Problem;
use spoke_engine::{Credentials, Error, Refusal};
use spoke_profile::SignIn;
use spoke_wire::{Advance, SignInStep};
use std::time::Duration;

/// Beyond the time that the gateway gives for a sign-in of more steps, so that its own verdict comes first.
const GRACE: Duration = Duration::from_secs(5);

impl Link {
    /// The gateway gave out a token for reconnecting.
    pub(crate) fn token_given(&mut self, token: Credentials) {
        self.desk.keep_session_token(token, self.tries.server());
    }

    /// The gateway waits longer than usual for the sign-in.
    pub(crate) fn sign_in_pending(&mut self, turn: &Turn<'_>, timeout: Duration) {
        if self.step() == Some(Step::Auth) {
            self.timers.set(Timer::Step, turn.now + timeout + GRACE);
        }
    }

    /// The user has to do something for the sign-in to go on.
    pub(crate) fn sign_in_step(&mut self, step: &SignInStep) {
        self.notice(match step {
            SignInStep::Web(web) => format!("the gateway asks to sign in at {}", web.url),
            SignInStep::Challenge(challenge) => format!("the gateway asks: {}", challenge.text),
        });
    }

    /// Whether the refusal hit the session token: then the user's own credentials are tried at once, and no attempt
    /// is counted.
    pub(crate) fn token_refused(&mut self, turn: &mut Turn<'_>, step: Step, error: &Error) -> bool {
        let hit = match error {
            Error::PeerRefused(Refusal::SessionExpired(_)) => true,
            Error::PeerRefused(Refusal::Credentials(_)) => self.desk.sent_session_token(),
            _ => false,
        };
        let had = hit && self.desk.forget_session_token();
        if !had || step == Step::Up {
            return false;
        }
        self.clear(turn, Then::Again(Duration::ZERO));
        true
    }

    /// What the gateway wants of the next attempt.
    pub(crate) fn advice(&mut self, error: &Error) -> Advice {
        match error {
            Error::PeerRefused(Refusal::Temporary {
                backoff, advance, ..
            }) => Advice {
                at_least: backoff.unwrap_or_default(),
                next_server: advance.map(|advance| advance == Advance::Remote),
                is_temporary: true,
            },
            Error::PeerRefused(Refusal::Restart {
                keep_credentials,
                next_server,
                ..
            }) => {
                if !keep_credentials {
                    self.forget_credentials();
                }
                Advice {
                    next_server: Some(*next_server),
                    ..Advice::default()
                }
            }
            Error::PeerRefused(Refusal::Update(_)) => Advice {
                next_server: Some(false),
                ..Advice::default()
            },
            _ => Advice::default(),
        }
    }

    /// An access token says itself how long it is good for; what a person typed may have been for once.
    fn forget_credentials(&mut self) {
        self.desk.forget_session_token();
        if !matches!(self.profile.sign_in, SignIn::Entra(_)) {
            self.desk.forget();
        }
    }

    /// A text for the user, once.
    pub(crate) fn notice(&mut self, text: String) {
        const MOST: usize = 20;
        if self.face.notices.len() < MOST && !self.face.notices.contains(&text) {
            self.face.notices.push(text);
        }
    }

    /// Ends an attempt with what the gateway wants of the next one.
    pub(crate) fn fail_advised(
        &mut self,
        turn: &mut Turn<'_>,
        stage: spoke_api::Stage,
        problem: Problem,
        advice: Advice,
    ) {
        self.tries.heed(advice);
        self.fail(turn, stage, problem);
    }
}
