//! A link's dealings with the user's session: asking for tokens, taking them.

use crate::link::{Link, Stand, Then};
use crate::notices;
use crate::peer::ClientId;
use crate::problems;
use crate::sign_in::{Asked, Match};
use crate::timer::{Step, Timer};
use crate::turn::Turn;
use spoke_api::{Problem, ProblemCode, Remedy, SignInProgress, Stage, TokenGrant, TokenReason};
use spoke_profile::SignIn;
use std::time::Duration;

/// How long a person may take to sign in.
const PERSON: Duration = Duration::from_secs(600);
/// How long a program may take that is not to ask a person.
const PROGRAM: Duration = Duration::from_secs(60);
/// A session older than this is not used for a token that comes late: gateways give
/// a handshake 60 s (OpenVPN's `hand-window`).
const HANDSHAKE_KEEPS: Duration = Duration::from_secs(40);

const fn patience(interactive: bool) -> Duration {
    if interactive { PERSON } else { PROGRAM }
}

/// Whether a program could not answer without its user.
fn is_silent_want(problem: &Problem) -> bool {
    problem.code == ProblemCode::SignInNeeded
}

impl Link {
    /// Asks the owner's newest provider for a token.
    pub(crate) fn want_token(
        &mut self,
        turn: &mut Turn<'_>,
        reason: TokenReason,
        interactive: bool,
    ) {
        if self.desk.asked().is_some() {
            return;
        }
        let Some(client) = self.provider(turn) else {
            self.no_token(turn, reason, problems::nobody_to_ask(&self.profile.name));
            return;
        };
        self.ask_for_token(turn, client, reason, interactive);
    }

    fn ask_for_token(
        &mut self,
        turn: &mut Turn<'_>,
        client: ClientId,
        reason: TokenReason,
        interactive: bool,
    ) {
        if self.step() != Some(Step::Up) {
            self.stages.begin(turn.now, Stage::Auth);
        }
        let name = self.profile.name.clone();
        self.desk.ask(turn, client, &name, reason, interactive);
        self.timers
            .set(Timer::SignIn, turn.now + patience(interactive));
    }

    /// A token has come.
    pub(crate) fn granted(
        &mut self,
        turn: &mut Turn<'_>,
        client: ClientId,
        grant: TokenGrant,
    ) -> Result<(), Problem> {
        match self.desk.close(client, grant.request) {
            Match::Open(asked) if asked.reason == TokenReason::Challenge => {
                self.timers.stop(Timer::SignIn);
                self.challenge_answered(turn, &grant.token);
                return Ok(());
            }
            Match::Open(_) => {}
            Match::NotYours => return Err(problems::not_asked()),
            Match::Gone => return Err(problems::not_wanted_any_more(grant.request)),
        }
        self.timers.stop(Timer::SignIn);
        self.renewal_notice = None;
        self.face.sign_in = None;
        if grant.account.is_some() {
            self.face.account.clone_from(&grant.account);
        }
        let how = if grant.silent { " (silent)" } else { "" };
        let who = self.face.account.as_deref().unwrap_or("signed in");
        self.stages
            .pause(turn.now, Stage::Auth, format!("{who}{how}"));
        self.desk.accept(grant);
        self.face.sign_in_expires = self.desk.expires();
        self.plan_renewal(turn);
        self.supply(turn);
        Ok(())
    }

    /// No token will come.
    pub(crate) fn refused(
        &mut self,
        turn: &mut Turn<'_>,
        client: ClientId,
        request: u64,
        problem: Problem,
    ) -> Result<(), Problem> {
        match self.desk.close(client, request) {
            Match::Open(asked) => {
                // What one program of the owner's does not have, an earlier one may: some
                // sign-ins live in the memory of the program that they were made in.
                let earlier = turn.providers.before(client, self.owner.uid);
                match earlier.filter(|_| !asked.interactive && is_silent_want(&problem)) {
                    Some(earlier) => self.ask_for_token(turn, earlier, asked.reason, false),
                    None => self.no_token(turn, asked.reason, problem),
                }
                Ok(())
            }
            Match::NotYours => Err(problems::not_asked()),
            Match::Gone => Err(problems::not_wanted_any_more(request)),
        }
    }

    /// The sign-in waits for the user.
    pub(crate) fn sign_in_progress(
        &mut self,
        client: ClientId,
        request: u64,
        progress: SignInProgress,
    ) -> Result<(), Problem> {
        match self.desk.may_speak(client, request) {
            Match::Open(_) => {
                self.face.sign_in = Some(progress);
                Ok(())
            }
            Match::NotYours => Err(problems::not_asked()),
            Match::Gone => Err(problems::not_wanted_any_more(request)),
        }
    }

    /// A client has gone; what it was asked goes to the next one.
    pub(crate) fn client_gone(&mut self, turn: &mut Turn<'_>, client: ClientId) {
        self.disconnects.retain(|ticket| ticket.client != client);
        let Some(Asked { reason, .. }) = self.desk.abandon(client) else {
            return;
        };
        self.timers.stop(Timer::SignIn);
        self.face.sign_in = None;
        let interactive = self.interactive && !self.tries.was_up_here();
        self.want_token(turn, reason, interactive);
    }

    /// A client of the owner offers tokens: the moment for a renewal that nobody
    /// could be asked for.
    pub(crate) fn provider_came(&mut self, turn: &mut Turn<'_>) {
        if self.renewal_notice.is_some() && self.step() == Some(Step::Up) {
            self.renew(turn);
        }
    }

    /// Gives the session the newest token, when both are there; asks for one when
    /// the session wants it and there is none.
    pub(crate) fn supply(&mut self, turn: &mut Turn<'_>) {
        let Some(step) = self.step() else { return };
        if step == Step::Parked {
            self.start_attempt(turn, TokenReason::Connect);
            return;
        }
        let Some(tunnel) = &mut self.tunnel else {
            return;
        };
        if tunnel.closing {
            return;
        }
        let sends_none = matches!(self.profile.sign_in, SignIn::Certificate);
        if !tunnel.credentials_wanted {
            let server = self.tries.server();
            let settled = sends_none || tunnel.supplied || self.desk.can_sign_in(turn.wall, server);
            if step == Step::Credentials && settled {
                // The session had the token before TLS was up, and has sent it by now.
                self.stages.begin(turn.now, Stage::Auth);
                self.enter(turn, Step::Auth);
            }
            return;
        }
        let server = self.tries.server();
        let Some((username, password)) = self.desk.credentials(turn.wall, server) else {
            let reason = if step == Step::Up {
                TokenReason::Renew
            } else {
                TokenReason::Connect
            };
            let interactive = self.interactive && !self.tries.was_up_here();
            self.want_token(turn, reason, interactive);
            return;
        };
        let stale = tunnel
            .connected
            .is_some_and(|(since, _)| turn.now.since(since) > HANDSHAKE_KEEPS);
        if step == Step::Credentials && stale {
            self.clear(turn, Then::Again(Duration::ZERO));
            return;
        }
        tunnel.credentials_wanted = false;
        tunnel.supplied = true;
        let attempt = tunnel.attempt;
        turn.act(crate::action::Action::SupplyCredentials {
            attempt,
            username,
            password,
        });
        if step == Step::Credentials {
            self.stages.begin(turn.now, Stage::Auth);
            self.enter(turn, Step::Auth);
        }
    }

    /// Moves the renewal and the next attempt up when the calendar says that they are due: the clock of
    /// moments stands still while a computer sleeps.
    pub(crate) fn look_at_calendar(&mut self, turn: &mut Turn<'_>) {
        if self
            .face
            .sign_in_renews
            .is_some_and(|at| at <= turn.wall.unix())
            && self.timers.get(Timer::Renew).is_some()
        {
            self.timers.stop(Timer::Renew);
            self.renew(turn);
        }
        // Seconds are cut off on both sides.
        let due = self
            .face
            .next_try
            .is_some_and(|at| at + 2 <= turn.wall.unix());
        if due && matches!(self.stand, Stand::Pausing | Stand::Paused) {
            self.start_attempt(turn, TokenReason::Connect);
        }
    }

    /// Asks for the next token while the present one still works.
    pub(crate) fn renew(&mut self, turn: &mut Turn<'_>) {
        self.face.sign_in_renews = None;
        if self.step().is_some() {
            self.want_token(turn, TokenReason::Renew, false);
        }
    }

    /// Asks `client` for the next token now, by its owner's wish.
    pub(crate) fn renew_now(
        &mut self,
        turn: &mut Turn<'_>,
        client: ClientId,
        interactive: bool,
    ) -> Result<(), Problem> {
        if self.step() != Some(Step::Up) {
            return Err(problems::not_up(&self.profile.name));
        }
        if self.desk.expires().is_none() {
            return Err(problems::nothing_to_renew(&self.profile.name));
        }
        let enough = |asked: &Asked| asked.interactive || !interactive;
        if self.desk.asked().as_ref().is_some_and(enough) {
            return Ok(());
        }
        self.desk.withdraw(turn);
        self.timers.stop(Timer::Renew);
        self.face.sign_in_renews = None;
        self.ask_for_token(turn, client, TokenReason::Renew, interactive);
        Ok(())
    }

    pub(crate) fn sign_in_too_slow(&mut self, turn: &mut Turn<'_>) {
        let Some(asked) = self.desk.asked() else {
            return;
        };
        self.desk.withdraw(turn);
        let name = &self.profile.name;
        if asked.interactive {
            let problem = problems::sign_in_too_slow(name, patience(true));
            self.no_token(turn, asked.reason, problem);
            return;
        }
        let mut problem = problems::program_too_slow(name, patience(false));
        // No other gateway is the way out of it, so a first connect ends; what was up asks again.
        if self.tries.was_up() {
            problem = problem.remedy(Remedy::Backoff);
        }
        let earlier = turn.providers.before(asked.client, self.owner.uid);
        match earlier {
            Some(earlier) => self.ask_for_token(turn, earlier, asked.reason, false),
            None => self.no_token(turn, asked.reason, problem),
        }
    }

    /// No token: the end of an attempt that needs one, a notice where one is in use.
    fn no_token(&mut self, turn: &mut Turn<'_>, reason: TokenReason, problem: Problem) {
        self.timers.stop(Timer::SignIn);
        self.face.sign_in = None;
        let in_use = reason == TokenReason::Renew
            && (self.step() == Some(Step::Up) || self.desk.has_fresh(turn.wall));
        if in_use && problem.code == ProblemCode::Cancelled {
            self.plan_renewal(turn);
            return;
        }
        if in_use {
            self.renewal_notice = Some(notices::sign_in_not_renewed(&problem));
            if let Some(pause) = self.desk.renewal_retry_in(turn.wall) {
                self.timers.set(Timer::Renew, turn.now + pause);
                self.face.sign_in_renews = Some(turn.wall.plus(pause).unix());
            }
            return;
        }
        self.fail(turn, Stage::Auth, problem);
    }

    pub(crate) fn plan_renewal(&mut self, turn: &Turn<'_>) {
        match self.desk.renewal_in(turn.wall) {
            Some(pause) => {
                self.timers.set(Timer::Renew, turn.now + pause);
                self.face.sign_in_renews = Some(turn.wall.plus(pause).unix());
            }
            None => {
                self.timers.stop(Timer::Renew);
                self.face.sign_in_renews = None;
            }
        }
    }
}
