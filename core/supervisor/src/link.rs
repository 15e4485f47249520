use crate::action::Action;
use crate::counters::Counters;
use crate::habits::Describing;
use crate::hold::Hold;
use crate::keeper::Keeper;
use crate::peer::{Attempt, ClientId, Peer, Ticket};
use crate::problems;
use crate::reach;
use crate::sign_in::SignInDesk;
use crate::stages::Stages;
use crate::timer::{Step, Timer, VERDICT};
use crate::tries::{Next, Tries};
use crate::turn::Turn;
use crate::ways::Ways;
use ipnet::IpNet;
use spoke_api::{
    Certificate, ConnectOptions, Connection, Gateway, Notice, Phase, Problem, Remedy, Response,
    Stage, TokenReason,
};
use spoke_moment::{Deadline, Moment, Timers, WallTime};
use spoke_profile::{CertificateFacts, Profile, SignIn};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// One connection from `Connect` until it is taken down: what it holds, and what it
/// is about to do.
///
/// It holds at most one tunnel and at most one host plan, and begins an attempt only
/// when it has no tunnel. The plan stays from one tunnel to the next ([`Hold`]).
pub(crate) struct Link {
    /// The profile of the present gateway.
    pub(crate) profile: Arc<Profile>,
    pub(crate) owner: Peer,
    pub(crate) interactive: bool,
    /// Whether nothing but the tunnel is to be let out.
    pub(crate) lockdown: bool,
    /// All gateways there are; keys and passwords for them are zeroed with the last attempt.
    pub(crate) ways: Ways,
    pub(crate) stand: Stand,
    pub(crate) attempt: Attempt,
    pub(crate) tunnel: Option<Tunnel>,
    pub(crate) host: HostHold,
    pub(crate) tries: Tries,
    pub(crate) desk: SignInDesk,
    /// What was granted for the gateways of the profile that is not the present one.
    pub(crate) other_desk: SignInDesk,
    pub(crate) stages: Stages,
    pub(crate) timers: Timers<Timer>,
    /// Who is to be told when the host is as before.
    pub(crate) disconnects: Vec<Ticket>,
    /// What clients see, but for phase and stages.
    pub(crate) face: Connection,
    /// A failed renewal, in words.
    pub(crate) renewal_notice: Option<Notice>,
    pub(crate) counters: Counters,
    /// A genuine packet has come through this tunnel.
    pub(crate) first_data: bool,
    pub(crate) describing: Describing,
    pub(crate) hold: Hold,
    pub(crate) keeper: Keeper,
    /// The network of this computer wants a sign-in of its own first.
    pub(crate) behind_portal: bool,
    /// Where the gateway is, while the way there is being led past a held network.
    pub(crate) leading: Vec<SocketAddr>,
}

/// What a user asks for with `Connect`.
pub(crate) struct Wish {
    pub(crate) ways: Ways,
    /// Whether a person can be asked.
    pub(crate) interactive: bool,
    /// Whether nothing but the tunnel is to be let out.
    pub(crate) lockdown: bool,
    /// Whether what is connected already is to be connected anew.
    pub(crate) anew: bool,
}

impl Wish {
    pub(crate) const fn new(ways: Ways, options: &ConnectOptions) -> Self {
        Self {
            ways,
            interactive: options.interactive,
            lockdown: options.lockdown,
            anew: options.anew,
        }
    }
}

/// What a link is doing.
pub(crate) enum Stand {
    /// An attempt is under way, or up.
    Trying(Step),
    /// Tunnel and plan are being taken down.
    Clearing(Then),
    /// The pause before the next attempt.
    Pausing,
    /// The pause that the user asked for.
    Paused,
    /// Failed; nothing happens until somebody asks.
    Resting,
    /// Taken down for good.
    Gone,
}

/// What follows taking down.
pub(crate) enum Then {
    /// The end, by somebody's wish.
    Stop,
    /// The end, by a failure.
    Fail(Problem),
    /// The next attempt after a pause.
    Again(Duration),
    /// Waiting for the token with nothing open.
    Park,
    /// A pause of this length, by the user's wish.
    Pause(Duration),
}

/// The tunnel of an attempt.
pub(crate) struct Tunnel {
    pub(crate) attempt: Attempt,
    pub(crate) connected: Option<(Moment, SocketAddr)>,
    pub(crate) credentials_wanted: bool,
    /// The session has name and password (or token), and sends them when it may.
    pub(crate) supplied: bool,
    pub(crate) closing: bool,
}

/// Whether the host's network is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostHold {
    /// Nothing of ours.
    Clean,
    /// Something may be set.
    Held,
    /// It is being taken back.
    Restoring,
}

impl Link {
    /// Begins to connect. What was up when the service ended `comes_back`, and its routes may
    /// still be there.
    pub(crate) fn begin(
        turn: &mut Turn<'_>,
        wish: Wish,
        owner: Peer,
        comes_back: Option<Vec<IpNet>>,
    ) -> Self {
        let Wish {
            ways,
            interactive,
            lockdown,
            anew: _,
        } = wish;
        let profile = Arc::clone(&ways.primary().profile);
        let mut link = Self {
            owner,
            interactive,
            lockdown,
            stand: Stand::Pausing,
            attempt: turn.numbers.attempt(),
            tunnel: None,
            host: HostHold::Clean,
            tries: Tries::new(ways.gateways()),
            desk: SignInDesk::default(),
            other_desk: SignInDesk::default(),
            stages: Stages::default(),
            timers: Timers::default(),
            disconnects: Vec::new(),
            face: Connection {
                since_ms: millis(turn.wall),
                certificate: shown_certificate(&profile),
                ..Connection::new(&profile.name, owner.uid, Phase::Connecting)
            },
            renewal_notice: None,
            counters: Counters::default(),
            first_data: false,
            hold: Hold::default(),
            keeper: Keeper::default(),
            behind_portal: false,
            leading: Vec::new(),
            describing: Describing::new(profile.protocol.compat),
            profile,
            ways,
        };
        if let Some(routes) = comes_back {
            link.tries.comes_back();
            if !routes.is_empty() {
                link.host = HostHold::Held;
                link.hold.left_behind(&routes);
                link.begin_to_hold(turn);
            }
        }
        link.start_attempt(turn, TokenReason::Connect);
        link
    }

    /// Takes everything down and then answers `ticket`, whatever is going on.
    pub(crate) fn disconnect(&mut self, turn: &mut Turn<'_>, ticket: Option<Ticket>) {
        self.disconnects.extend(ticket);
        self.face.problem = None;
        self.clear(turn, Then::Stop);
    }

    /// A wish to connect with what is connected or connecting already.
    pub(crate) fn nudge(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.stand, Stand::Pausing | Stand::Paused) {
            self.start_attempt(turn, TokenReason::Connect);
        }
    }

    /// Cuts a pause before the next attempt short.
    pub(crate) fn retry_now(&mut self, turn: &mut Turn<'_>) -> Result<(), Problem> {
        match &mut self.stand {
            Stand::Pausing | Stand::Paused => self.start_attempt(turn, TokenReason::Connect),
            Stand::Clearing(Then::Again(pause)) => *pause = Duration::ZERO,
            Stand::Clearing(then @ Then::Pause(_)) => *then = Then::Again(Duration::ZERO),
            Stand::Trying(_) | Stand::Clearing(Then::Park) => {}
            Stand::Clearing(Then::Stop | Then::Fail(_)) | Stand::Resting | Stand::Gone => {
                return Err(problems::given_up(self.name()));
            }
        }
        Ok(())
    }

    /// Whether nothing is left of it.
    pub(crate) const fn is_gone(&self) -> bool {
        matches!(self.stand, Stand::Gone)
    }

    /// Whether it has failed and holds nothing, so that another may take its place.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stand, Stand::Resting) && self.host == HostHold::Clean
    }

    /// Whether it is on its way down for good.
    pub(crate) const fn is_leaving(&self) -> bool {
        matches!(self.stand, Stand::Clearing(Then::Stop | Then::Fail(_)))
    }

    /// Whether a process that wants to end cannot do more: what it could not take
    /// back stays in the journal for its next start.
    pub(crate) const fn cannot_leave_cleaner(&self) -> bool {
        matches!(self.stand, Stand::Resting)
    }

    /// What the present attempt waits for.
    pub(crate) const fn step(&self) -> Option<Step> {
        match self.stand {
            Stand::Trying(step) => Some(step),
            _ => None,
        }
    }

    pub(crate) fn handle_timeout(&mut self, turn: &mut Turn<'_>) {
        while let Some(timer) = self.timers.expired(turn.now) {
            match timer {
                Timer::Step => self.step_too_slow(turn),
                Timer::SignIn => self.sign_in_too_slow(turn),
                Timer::Renew => self.renew(turn),
                Timer::Backoff | Timer::Resume => self.start_attempt(turn, TokenReason::Connect),
                Timer::LetGo => self.let_go(turn),
                Timer::Keep => self.keep(turn),
            }
        }
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.timers
            .next()
            .map(|(timer, at)| Deadline::new(at, timer.why()))
    }

    /// Goes to the next server, or wherever the tries lead, holding nothing.
    pub(crate) fn start_attempt(&mut self, turn: &mut Turn<'_>, reason: TokenReason) {
        self.unplan_try();
        self.attempt = turn.numbers.attempt();
        self.stages.restart(Stage::Auth);
        self.forget_session();
        let position = self.tries.server();
        self.take_way(turn);
        let Some(server) = self.server() else {
            let problem = problems::no_servers(&self.profile.name);
            self.clear(turn, Then::Fail(problem));
            return;
        };
        let host = server.host.clone();
        let resolve = reach::resolve(self.attempt, &self.profile, server);
        let remembered = turn.habits.wants_stock(self.owner.uid, &host);
        self.describing.begin(&host, remembered);
        self.face.description = Some(self.describing.report());
        self.face.gateway = Some(Gateway {
            host: host.clone(),
            address: None,
            position,
            rtt_us: None,
        });
        self.enter(turn, Step::Resolving);
        self.stages.begin(turn.now, Stage::Resolve);
        let hidden = self.host == HostHold::Held && self.hold.hides(&host);
        let known = match hidden {
            true => self.hold.recall(position),
            false => None,
        };
        match known {
            Some(addresses) => {
                let detail = reach::in_words(&addresses);
                self.stages.finish(turn.now, Stage::Resolve, detail);
                self.found(turn, addresses);
            }
            // Nobody answers for its name while the network is held.
            None if hidden => {
                self.let_go_and_try(turn);
                return;
            }
            None => turn.act(resolve),
        }
        if self.signs_in_with_token() && !self.desk.can_sign_in(turn.wall, position) {
            let interactive = self.interactive && !self.tries.was_up_here();
            self.want_token(turn, reason, interactive);
        }
    }

    /// Whether name and token (or password) are sent, beside or without a certificate.
    pub(crate) fn signs_in_with_token(&self) -> bool {
        !matches!(self.profile.sign_in, SignIn::Certificate)
    }

    /// Starts the clock of a step.
    pub(crate) fn enter(&mut self, turn: &Turn<'_>, step: Step) {
        self.stand = Stand::Trying(step);
        match self.limit(step) {
            Some(limit) => self.timers.set(Timer::Step, turn.now + limit),
            None => self.timers.stop(Timer::Step),
        }
    }

    /// How long a step may take: reaching the gateway, as long as the profile says.
    pub(crate) fn limit(&self, step: Step) -> Option<Duration> {
        let patience = self.profile.protocol.timers.connect_timeout;
        let patience = patience.map(|seconds| Duration::from_secs(seconds.into()));
        match step {
            Step::Connecting | Step::Answer => patience.or(step.limit()),
            _ => step.limit(),
        }
    }

    /// The attempt has failed: decides what follows.
    pub(crate) fn fail(&mut self, turn: &mut Turn<'_>, stage: Stage, problem: Problem) {
        let problem = self.seen_through_portal(stage, problem);
        let problem = self.of_the_secondary(problem);
        self.stages.fail(turn.now, stage, problem.summary.clone());
        let kept = problem.clone();
        let then = match self.tries.after(problem) {
            Next::GiveUp(problem) => Then::Fail(problem),
            Next::AgainWithNewToken => {
                self.desk.forget();
                self.timers.stop(Timer::Renew);
                Then::Again(Duration::ZERO)
            }
            Next::Again(pause) => Then::Again(turn.stretch(self.shortened(pause))),
        };
        if self.tries.was_up() {
            self.face.problem = Some(kept);
        }
        self.leave_question(turn);
        self.clear(turn, then);
    }

    /// Closes the tunnel and takes the plan back, then goes on with `then`.
    pub(crate) fn clear(&mut self, turn: &mut Turn<'_>, then: Then) {
        self.timers.stop(Timer::Step);
        self.timers.stop(Timer::Keep);
        self.unplan_try();
        if matches!(then, Then::Stop | Then::Fail(_)) {
            self.timers.clear();
            self.desk.withdraw(turn);
            self.desk.forget();
            self.other_desk.forget();
            self.ways.forget_secrets();
            self.face.sign_in = None;
        }
        if let Then::Fail(problem) = &then {
            self.face.problem = Some(problem.clone());
        }
        // A wish to stop is not overruled by a failure on the way down.
        let stopping = matches!(self.stand, Stand::Clearing(Then::Stop));
        let then = if stopping { Then::Stop } else { then };
        let stays = self.keeps_host(turn, &then);
        self.stand = Stand::Clearing(then);
        if self.host == HostHold::Held && !stays {
            self.host = HostHold::Restoring;
            self.hold.ended();
            self.timers.stop(Timer::LetGo);
            turn.act(Action::UndoPlan);
        }
        if let Some(tunnel) = &mut self.tunnel
            && !tunnel.closing
        {
            tunnel.closing = true;
            turn.act(Action::CloseTunnel {
                attempt: tunnel.attempt,
            });
        }
        self.cleared(turn);
    }

    /// Goes on once nothing is held any more.
    pub(crate) fn cleared(&mut self, turn: &mut Turn<'_>) {
        let waits = match &self.stand {
            Stand::Clearing(Then::Again(_)) => self.host == HostHold::Restoring,
            _ => self.host != HostHold::Clean,
        };
        if self.tunnel.is_some() || waits {
            return;
        }
        let Stand::Clearing(then) = std::mem::replace(&mut self.stand, Stand::Pausing) else {
            return;
        };
        match then {
            Then::Stop => {
                self.stand = Stand::Gone;
                self.answer_disconnects(turn, || Response::Done);
            }
            Then::Fail(_) => self.stand = Stand::Resting,
            Then::Again(pause) if pause.is_zero() => {
                let reason = self.next_reason();
                self.start_attempt(turn, reason);
            }
            Then::Again(pause) => self.plan_try(turn, pause),
            Then::Park => self.enter(turn, Step::Parked),
            Then::Pause(time) => {
                self.stand = Stand::Paused;
                self.plan_resumption(turn, time);
            }
        }
    }

    /// The next attempt begins after `pause`.
    pub(crate) fn plan_try(&mut self, turn: &Turn<'_>, pause: Duration) {
        self.timers.set(Timer::Backoff, turn.now + pause);
        self.face.next_try = Some(turn.wall.plus(pause).unix());
    }

    fn unplan_try(&mut self) {
        self.timers.stop(Timer::Backoff);
        self.timers.stop(Timer::Resume);
        self.face.next_try = None;
    }

    /// The host is as it was, or could not be brought there.
    pub(crate) fn restored(&mut self, turn: &mut Turn<'_>, result: Result<(), String>) {
        if self.host != HostHold::Restoring {
            return;
        }
        match result {
            Ok(()) => {
                self.host = HostHold::Clean;
                self.cleared(turn);
            }
            Err(what) => {
                self.host = HostHold::Held;
                let problem = problems::not_restored(&what);
                self.face.problem = Some(problem.clone());
                self.timers.clear();
                self.stand = Stand::Resting;
                self.answer_disconnects(turn, || Response::Failed {
                    problem: problem.clone(),
                });
            }
        }
    }

    /// What clients see.
    pub(crate) fn portrait(&self) -> Connection {
        let mut connection = self.face.clone();
        connection.phase = self.phase();
        connection.stages = self.stages.reports();
        connection.notices.extend(self.renewal_notice.clone());
        connection
    }

    pub(crate) fn phase(&self) -> Phase {
        let on_the_way = if self.face.sign_in.is_some() {
            Phase::SigningIn
        } else if self.tries.was_up() {
            Phase::Reconnecting
        } else {
            Phase::Connecting
        };
        match &self.stand {
            Stand::Trying(Step::Up) => Phase::Connected,
            Stand::Trying(_) | Stand::Clearing(Then::Again(_) | Then::Park) => on_the_way,
            Stand::Pausing => {
                let offline = self
                    .face
                    .problem
                    .as_ref()
                    .is_some_and(|problem| problem.remedy == Remedy::WaitForNetwork);
                if offline { Phase::Blocked } else { on_the_way }
            }
            Stand::Clearing(Then::Stop | Then::Fail(_)) => Phase::Disconnecting,
            Stand::Paused | Stand::Clearing(Then::Pause(_)) => Phase::Paused,
            Stand::Resting => Phase::Failed,
            Stand::Gone => Phase::Disconnected,
        }
    }

    /// Host name of the gateway of this attempt.
    pub(crate) fn host_name(&self) -> String {
        self.face
            .gateway
            .as_ref()
            .map_or_else(String::new, |gateway| gateway.host.clone())
    }

    fn next_reason(&self) -> TokenReason {
        if self.desk.is_challenged() {
            TokenReason::Challenge
        } else if self.tries.refused() {
            TokenReason::Refused
        } else {
            TokenReason::Connect
        }
    }

    fn step_too_slow(&mut self, turn: &mut Turn<'_>) {
        let Some(step) = self.step() else { return };
        let seconds = self.limit(step).unwrap_or(VERDICT).as_secs();
        let problem = problems::too_slow(step, &self.host_name(), &self.profile.name, seconds);
        let stage = self.stage_of(step);
        if step == Step::HostSetup {
            // On a clean host it may well be quicker.
            self.hold.give_up();
        }
        self.fail(turn, stage, problem);
    }

    /// The stage that clients see for a step.
    pub(crate) fn stage_of(&self, step: Step) -> Stage {
        match step {
            Step::Resolving => Stage::Resolve,
            Step::Leading | Step::Connecting | Step::Answer => Stage::Transport,
            Step::Tls => Stage::Tls,
            Step::Credentials | Step::Parked | Step::Auth => Stage::Auth,
            Step::HostSetup => self.stages.last_running().unwrap_or(Stage::Interface),
            Step::Up => Stage::Verify,
        }
    }

    fn forget_session(&mut self) {
        self.face.notices.clear();
        self.face.unused_options.clear();
        self.face.interface = None;
        self.face.addresses.clear();
        self.face.mtu = None;
        self.face.routes.clear();
        self.face.excluded.clear();
        self.face.dns = None;
        self.face.cipher = None;
        self.face.tls = None;
        self.face.connected_at_ms = None;
        self.face.traffic = spoke_api::Traffic::default();
        self.counters = Counters::default();
    }

    fn answer_disconnects(&mut self, turn: &mut Turn<'_>, response: impl Fn() -> Response) {
        for ticket in self.disconnects.drain(..) {
            turn.act(Action::Answer {
                ticket,
                response: response(),
            });
        }
    }

    /// Whether `client` could be asked for this link's tokens.
    pub(crate) fn provider(&self, turn: &Turn<'_>) -> Option<ClientId> {
        turn.providers.of(self.owner.uid)
    }
}

pub(crate) fn shown_certificate(profile: &Profile) -> Option<Certificate> {
    let certificate = profile.client_certificate.as_ref()?;
    let facts = CertificateFacts::read(certificate.chain.first()?)?;
    Some(Certificate {
        subject: facts.subject,
        issuer: facts.issuer,
        expires: facts.not_after,
    })
}

/// Wall time as the API gives it.
pub(crate) const fn millis(wall: WallTime) -> u64 {
    wall.unix().saturating_mul(1000)
}
