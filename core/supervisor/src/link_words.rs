//! What a link does on the gateway's words: tokens, further steps of a sign-in, and refusals that say what to do next.

use crate::action::Action;
use crate::link::{Link, Then};
use crate::notices;
use crate::timer::{Step, Timer};
use crate::tries::Advice;
use crate::turn::Turn;
use spoke_api::{AccessToken, Challenge, Notice, Problem, SignInProgress, TokenReason, Update};
use spoke_engine::{Credentials, Error, Refusal};
use spoke_profile::SignIn;
use spoke_wire::{Advance, DynamicChallenge, SignInStep};
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

    /// The user has to do something for the sign-in to go on: on a page, or with an answer.
    pub(crate) fn sign_in_step(&mut self, turn: &mut Turn<'_>, step: &SignInStep) {
        match step {
            SignInStep::Web(web) => {
                self.face.sign_in = Some(SignInProgress::Page {
                    url: web.url.clone(),
                });
                if let Some(client) = self.provider(turn) {
                    let update = Update::PageWanted {
                        profile: self.profile.name.clone(),
                        url: web.url.clone(),
                    };
                    turn.act(Action::Tell { client, update });
                }
            }
            SignInStep::Challenge(challenge) if !challenge.response_required => {
                self.notice(notices::gateway_says(&challenge.text));
            }
            SignInStep::Challenge(challenge) => {
                self.desk.withdraw(turn);
                self.desk.challenge_in_session(Challenge {
                    text: challenge.text.clone(),
                    echo: challenge.echo,
                    answer: true,
                });
                let interactive = self.interactive && !self.tries.was_up_here();
                self.want_token(turn, TokenReason::Challenge, interactive);
            }
        }
    }

    /// The gateway refused with a question: it is put to the user while the next attempt, which brings the answer,
    /// begins. Says whether there is to be one.
    pub(crate) fn challenged(&mut self, turn: &mut Turn<'_>, challenge: &DynamicChallenge) -> bool {
        if !self.desk.challenge_for_next(challenge.clone()) {
            return false;
        }
        self.clear(turn, Then::Again(Duration::ZERO));
        true
    }

    /// The user has answered the gateway's question.
    pub(crate) fn challenge_answered(&mut self, turn: &mut Turn<'_>, answer: &AccessToken) {
        match self.desk.take_answer(answer) {
            Some(answer) => {
                if let Some(tunnel) = &self.tunnel {
                    let attempt = tunnel.attempt;
                    turn.act(Action::AnswerChallenge { attempt, answer });
                }
            }
            None => self.supply(turn),
        }
    }

    /// A session has ended, and its pages and questions with it.
    pub(crate) fn forget_steps(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.face.sign_in, Some(SignInProgress::Page { .. })) {
            self.face.sign_in = None;
        }
        if self.desk.forget_challenge_in_session() {
            self.timers.stop(Timer::SignIn);
            self.desk.withdraw(turn);
        }
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
                next_address: *advance == Some(Advance::Address),
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

    /// Something that the user should know, once.
    pub(crate) fn notice(&mut self, notice: Notice) {
        const MOST: usize = 20;
        if self.face.notices.len() < MOST && !self.face.notices.contains(&notice) {
            self.face.notices.push(notice);
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
