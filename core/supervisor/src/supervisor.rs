use crate::action::Action;
use crate::habits::Habits;
use crate::input::Input;
use crate::intent::Intent;
use crate::jitter::Jitter;
use crate::link::{Link, Wish};
use crate::notices;
use crate::peer::{ClientId, Peer, Ticket};
use crate::permission;
use crate::probes::{Means, Probes};
use crate::problems;
use crate::providers::Providers;
use crate::turn::{Numbers, Turn};
use crate::ways::{Way, Ways};
use ipnet::IpNet;
use spoke_api::{Phase, PrivateKey, Problem, Request, Response, Secondary, State};
use spoke_moment::{Deadline, Moment, WallTime};
use spoke_plan::Lockdown;
use spoke_profile::{Profile, SignIn};
use std::collections::VecDeque;
use std::time::Duration;

/// How long nothing may be connected before a newer program takes over: the answer to a
/// disconnect is still to be read, and a connect may follow at once.
const QUIET: Duration = Duration::from_secs(2);

/// Every decision of the daemon.
///
/// What arrives goes into [`Supervisor::handle`]; when [`Supervisor::deadline`] has
/// passed, [`Supervisor::handle_timeout`] is called. After either,
/// [`Supervisor::poll`] is to be emptied.
#[derive(Default)]
pub struct Supervisor {
    link: Option<Link>,
    providers: Providers,
    numbers: Numbers,
    probes: Probes,
    habits: Habits,
    jitter: Jitter,
    intent: Option<Intent>,
    /// Whether the intent is a former run's, whose connection was not begun again yet.
    comes_back: bool,
    /// Routes of a former run that are there still.
    routes_left: Vec<IpNet>,
    /// What was said last to be let out.
    locked: Option<Lockdown>,
    /// What a former run has left is being taken back, without a connection; who waits for that.
    letting_go: Option<Vec<Ticket>>,
    /// That has failed.
    not_let_go: bool,
    published: State,
    leaving: bool,
    /// A newer program waits for nothing to be connected.
    making_room: bool,
    /// Since when it could take over.
    quiet_since: Option<Moment>,
    actions: VecDeque<Action>,
}

impl Supervisor {
    /// A supervisor with nothing to supervise, and what is known of gateways.
    #[must_use]
    pub fn new(habits: Habits) -> Self {
        Self {
            habits,
            ..Self::default()
        }
    }

    /// Makes the pauses between attempts other ones than those of other computers; the
    /// seed is to be a number by chance.
    #[must_use]
    pub fn with_jitter(mut self, seed: u64) -> Self {
        self.jitter = Jitter::from_seed(seed);
        self
    }

    /// Begins with the wish that a former run has left.
    #[must_use]
    pub fn with_intent(mut self, intent: Option<Intent>) -> Self {
        self.comes_back = intent.is_some();
        self.intent = intent;
        self
    }

    /// Begins with routes of the connection that is wished for, which a former run has left.
    #[must_use]
    pub fn with_routes_left(mut self, routes: Vec<IpNet>) -> Self {
        self.routes_left = routes;
        self
    }

    /// Takes in what has happened.
    pub fn handle(&mut self, now: Moment, wall: WallTime, input: Input) {
        match input {
            Input::Asked {
                client,
                id,
                peer,
                request,
            } => self.asked(now, wall, Ticket { client, id }, peer, request),
            Input::ClientGone(client) => {
                self.providers.leave(client);
                let (probes, means) = self.probes(now);
                probes.client_gone(means, client);
                self.with_link(now, wall, |link, turn| link.client_gone(turn, client));
            }
            Input::Resolved { attempt, result } if self.probes.have(attempt) => {
                let (probes, means) = self.probes(now);
                probes.resolved(means, attempt, result);
            }
            Input::Resolved { attempt, result } => {
                self.with_link(now, wall, |link, turn| link.resolved(turn, attempt, result));
            }
            Input::Tunnel { attempt, event } if self.probes.have(attempt) => {
                let (probes, means) = self.probes(now);
                probes.tunnel_event(means, attempt, event);
            }
            Input::Tunnel { attempt, event } => {
                self.with_link(now, wall, |link, turn| {
                    link.tunnel_event(turn, attempt, event);
                });
            }
            Input::Plan { attempt, event } => {
                self.with_link(now, wall, |link, turn| {
                    link.plan_event(turn, attempt, event);
                });
            }
            Input::Restored(result) => self.restored(now, wall, result),
            Input::NotLocked(what) => {
                self.with_link(now, wall, |link, turn| link.not_locked(turn, &what));
            }
            Input::Traffic { received, sent } => {
                self.with_link(now, wall, |link, turn| link.traffic(turn, received, sent));
            }
            Input::NetworkChanged => {
                self.with_link(now, wall, |link, turn| link.network_changed(turn));
            }
            Input::Portal(portal) => {
                self.with_link(now, wall, |link, turn| link.portal_noticed(turn, portal));
            }
            Input::Shutdown => {
                self.leaving = true;
                let (probes, means) = self.probes(now);
                probes.end(means);
                self.with_link(now, wall, |link, turn| link.disconnect(turn, None));
                let left = self.not_let_go || !self.routes_left.is_empty();
                if self.link.is_none() && left {
                    self.let_go(None);
                }
            }
            Input::MakeRoom => self.making_room = true,
        }
        self.settle(now, wall);
    }

    /// Does what has become due.
    pub fn handle_timeout(&mut self, now: Moment, wall: WallTime) {
        self.with_link(now, wall, |link, turn| link.handle_timeout(turn));
        let (probes, means) = self.probes(now);
        probes.handle_timeout(means);
        if self.room_at().is_some_and(|deadline| deadline.at <= now) {
            self.making_room = false;
            self.actions.push_back(Action::MakeRoom);
        }
        self.settle(now, wall);
    }

    /// The next thing to do, until there is none.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Supervisor::handle_timeout`] wants to be called, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        let link = self.link.as_ref().and_then(Link::deadline);
        let probes = self.probes.deadline();
        link.into_iter()
            .chain(probes)
            .chain(self.room_at())
            .min_by_key(|deadline| deadline.at)
    }

    fn room_at(&self) -> Option<Deadline> {
        let since = self.quiet_since.filter(|_| self.making_room)?;
        Some(Deadline::new(
            since + QUIET,
            "let a newer program take over",
        ))
    }

    /// The state as last published.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.published
    }

    /// User id of the connection's owner, while there is a connection.
    #[must_use]
    pub fn owner(&self) -> Option<u32> {
        self.link.as_ref().map(|link| link.owner.uid)
    }

    fn asked(&mut self, now: Moment, wall: WallTime, ticket: Ticket, peer: Peer, request: Request) {
        if let Err(problem) = permission::allow(peer, &request, self.owner()) {
            self.answer(ticket, Err(problem));
            return;
        }
        let client = ticket.client;
        let result = match request {
            Request::Status => {
                let state = Box::new(permission::visible(&self.published, peer));
                self.actions.push_back(Action::Answer {
                    ticket,
                    response: Response::State { state },
                });
                return;
            }
            Request::Subscribe { traffic } => {
                self.answer(ticket, Ok(()));
                self.actions
                    .push_back(Action::AddSubscriber { client, traffic });
                return;
            }
            Request::Connect {
                profile,
                options,
                private_key,
                proxy_password,
                secondary,
            } => {
                let primary = Way::new(*profile, private_key, proxy_password);
                let ways = Ways::new(primary, secondary.and_then(usable));
                self.connect(now, wall, client, peer, Wish::new(ways, &options))
            }
            Request::Intent => {
                self.tell_intent(ticket, peer);
                return;
            }
            Request::Disconnect { profile } => {
                let given_up = self.give_up_intent(peer, profile.as_deref());
                self.disconnect(now, wall, ticket, profile.as_deref(), given_up);
                return;
            }
            Request::RetryNow => self
                .with_link(now, wall, Link::retry_now)
                .unwrap_or_else(|| Err(problems::not_connected())),
            Request::Pause { seconds } => self
                .with_link(now, wall, |link, turn| {
                    link.pause(turn, Duration::from_secs(seconds))
                })
                .unwrap_or_else(|| Err(problems::not_connected())),
            Request::Resume => self
                .with_link(now, wall, Link::resume)
                .unwrap_or_else(|| Err(problems::not_connected())),
            Request::RenewSignIn { interactive } => {
                self.providers.offer(client, peer);
                self.with_link(now, wall, |link, turn| {
                    link.renew_now(turn, client, interactive)
                })
                .unwrap_or_else(|| Err(problems::not_connected()))
            }
            Request::OfferTokens => {
                self.providers.offer(client, peer);
                self.with_link(now, wall, |link, turn| {
                    if link.owner.uid == peer.uid {
                        link.provider_came(turn);
                    }
                });
                Ok(())
            }
            Request::GrantToken(grant) => {
                let request = grant.request;
                self.on_link(now, wall, request, |link, turn| {
                    link.granted(turn, client, grant)
                })
            }
            Request::RefuseToken { request, problem } => {
                self.on_link(now, wall, request, |link, turn| {
                    link.refused(turn, client, request, problem)
                })
            }
            Request::SignInProgress { request, progress } => {
                self.on_link(now, wall, request, |link, _| {
                    link.sign_in_progress(client, request, progress)
                })
            }
            Request::Probe {
                profile,
                private_key,
            } => match self.probe(now, ticket, peer, *profile, private_key) {
                Ok(()) => return,
                Err(problem) => Err(problem),
            },
            Request::DaemonInfo
            | Request::Network
            | Request::Log { .. }
            | Request::SetLogLevel { .. } => return,
        };
        self.answer(ticket, result);
    }

    fn connect(
        &mut self,
        now: Moment,
        wall: WallTime,
        client: ClientId,
        peer: Peer,
        wish: Wish,
    ) -> Result<(), Problem> {
        let primary = wish.ways.primary();
        let name = &primary.profile.name;
        if self.leaving {
            return Err(problems::leaving());
        }
        if let Some(link) = self.link.as_ref().filter(|link| !link.is_over()) {
            let same_user = link.owner.uid == peer.uid;
            if !same_user || link.name() != name {
                return Err(problems::conflict(link.name(), same_user));
            }
            if link.is_leaving() {
                return Err(problems::disconnecting(name));
            }
            if wish.anew {
                check(primary)?;
            }
            self.providers.offer(client, peer);
            self.with_link(now, wall, |link, turn| match wish.anew {
                true => link.begin_anew(turn, wish),
                false => link.nudge(turn),
            });
            return Ok(());
        }
        check(primary)?;
        if self.not_let_go {
            self.let_go(None);
        }
        if self.letting_go.is_some() {
            return Err(problems::disconnecting(name));
        }
        let left = std::mem::take(&mut self.routes_left);
        let meant = self.intent.as_ref();
        let meant = meant.is_some_and(|to| to.uid == peer.uid && to.profile == *name);
        let comes_back = (std::mem::take(&mut self.comes_back) && meant).then_some(left);
        self.providers.offer(client, peer);
        let mut turn = Turn {
            now,
            wall,
            actions: &mut self.actions,
            providers: &self.providers,
            numbers: &mut self.numbers,
            habits: &mut self.habits,
            jitter: &mut self.jitter,
        };
        self.link = Some(Link::begin(&mut turn, wish, peer, comes_back));
        Ok(())
    }

    /// Begins a test, which is answered when it is over.
    fn probe(
        &mut self,
        now: Moment,
        ticket: Ticket,
        peer: Peer,
        profile: Profile,
        private_key: Option<PrivateKey>,
    ) -> Result<(), Problem> {
        if self.leaving {
            return Err(problems::leaving());
        }
        let (probes, means) = self.probes(now);
        probes.begin(means, ticket, peer, profile, private_key)
    }

    fn probes(&mut self, now: Moment) -> (&mut Probes, Means<'_>) {
        let means = Means {
            now,
            actions: &mut self.actions,
            numbers: &mut self.numbers,
        };
        (&mut self.probes, means)
    }

    fn disconnect(
        &mut self,
        now: Moment,
        wall: WallTime,
        ticket: Ticket,
        profile: Option<&str>,
        given_up: bool,
    ) {
        let concerns = self
            .link
            .as_ref()
            .is_some_and(|link| profile.is_none_or(|name| name == link.name()));
        if concerns {
            self.with_link(now, wall, |link, turn| link.disconnect(turn, Some(ticket)));
        } else if self.link.is_none() && (given_up || self.letting_go.is_some() || self.not_let_go)
        {
            // A former run may have left something for a connection that is not to come back.
            self.let_go(Some(ticket));
        } else {
            self.answer(ticket, Ok(()));
        }
    }

    /// Takes back what a former run has left.
    fn let_go(&mut self, ticket: Option<Ticket>) {
        self.routes_left.clear();
        if self.letting_go.is_none() {
            self.actions.push_back(Action::UndoPlan);
        }
        self.letting_go.get_or_insert_default().extend(ticket);
    }

    fn restored(&mut self, now: Moment, wall: WallTime, result: Result<(), String>) {
        let Some(waiting) = self.letting_go.take() else {
            self.with_link(now, wall, |link, turn| link.restored(turn, result));
            return;
        };
        self.not_let_go = result.is_err();
        for ticket in waiting {
            let result = result.clone();
            self.answer(ticket, result.map_err(|what| problems::not_restored(&what)));
        }
    }

    fn tell_intent(&mut self, ticket: Ticket, peer: Peer) {
        let own = self.intent.as_ref().filter(|intent| intent.uid == peer.uid);
        let profile = own.map(|intent| intent.profile.clone());
        let response = Response::Intent { profile };
        self.actions.push_back(Action::Answer { ticket, response });
    }

    /// A wish to disconnect ends the wish to be connected, also where nothing is: whether there was one.
    fn give_up_intent(&mut self, peer: Peer, profile: Option<&str>) -> bool {
        let meant = self.intent.as_ref().is_some_and(|intent| {
            (peer.is_root() || peer.uid == intent.uid)
                && profile.is_none_or(|name| name == intent.profile)
        });
        if meant {
            self.intent = None;
            self.actions.push_back(Action::KeepIntent(None));
        }
        meant
    }

    /// What has been connected is to be connected, until its owner says otherwise or it
    /// has failed for good. The end of the process changes nothing.
    fn keep_intent(&mut self) {
        let Some(link) = &self.link else { return };
        let intent = Intent {
            uid: link.owner.uid,
            profile: link.name().to_owned(),
            lockdown: link.lockdown,
        };
        let intent = match link.phase() {
            Phase::Connected => Some(intent),
            // A lockdown outlives the failure, and has to outlive the process after it.
            Phase::Failed if self.intent.as_ref() == Some(&intent) && !link.lockdown => None,
            _ => return,
        };
        if intent != self.intent {
            self.intent.clone_from(&intent);
            self.actions.push_back(Action::KeepIntent(intent));
        }
    }

    /// What alone may leave this computer, by its connection or by the wish to have one.
    fn lockdown(&self) -> Option<Lockdown> {
        let since_before = self.intent.as_ref().is_some_and(|intent| intent.lockdown);
        match &self.link {
            Some(link) => link.locked(since_before),
            None => since_before.then(Lockdown::default),
        }
    }

    /// Has it so before anything else is done.
    fn lock(&mut self) {
        let lockdown = self.lockdown();
        if lockdown != self.locked {
            self.locked.clone_from(&lockdown);
            self.actions.push_front(Action::LockDown(lockdown));
        }
    }

    fn answer(&mut self, ticket: Ticket, result: Result<(), Problem>) {
        let response = match result {
            Ok(()) => Response::Done,
            Err(problem) => Response::Failed { problem },
        };
        self.actions.push_back(Action::Answer { ticket, response });
    }

    /// Lets the link do something about token question `request`.
    fn on_link(
        &mut self,
        now: Moment,
        wall: WallTime,
        request: u64,
        act: impl FnOnce(&mut Link, &mut Turn<'_>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.with_link(now, wall, act)
            .unwrap_or_else(|| Err(problems::not_wanted_any_more(request)))
    }

    fn with_link<T>(
        &mut self,
        now: Moment,
        wall: WallTime,
        act: impl FnOnce(&mut Link, &mut Turn<'_>) -> T,
    ) -> Option<T> {
        let link = self.link.as_mut()?;
        let mut turn = Turn {
            now,
            wall,
            actions: &mut self.actions,
            providers: &self.providers,
            numbers: &mut self.numbers,
            habits: &mut self.habits,
            jitter: &mut self.jitter,
        };
        Some(act(link, &mut turn))
    }

    /// Publishes the state if it has changed, and leaves when all is down.
    fn settle(&mut self, now: Moment, wall: WallTime) {
        self.with_link(now, wall, |link, turn| link.look_at_calendar(turn));
        self.keep_intent();
        if self.link.as_ref().is_some_and(Link::is_gone) {
            self.link = None;
        }
        self.lock();
        let mut connection = self.link.as_ref().map(Link::portrait);
        if let Some(fresh) = &mut connection {
            fresh
                .notices
                .extend(self.locked.as_ref().map(notices::locked));
            let before = self.published.connection.as_ref();
            fresh.since_ms = match before {
                Some(old) if old.phase == fresh.phase => old.since_ms,
                _ => crate::link::millis(wall),
            };
        }
        let state = State { connection };
        if state != self.published {
            self.published = state.clone();
            self.actions.push_back(Action::Publish(Box::new(state)));
        }
        let quiet = self.link.as_ref().is_none_or(Link::is_over)
            && self.letting_go.is_none()
            && self.probes.deadline().is_none();
        self.quiet_since = quiet.then(|| self.quiet_since.unwrap_or(now));
        let down = self.link.as_ref().is_none_or(Link::cannot_leave_cleaner);
        if self.leaving && down && self.letting_go.is_none() {
            self.leaving = false;
            self.actions.push_back(Action::Exit);
        }
    }
}

/// A profile to fall back to that cannot be used keeps nobody from the gateways of the first.
fn usable(secondary: Secondary) -> Option<Way> {
    let Secondary {
        profile,
        private_key,
        proxy_password,
    } = secondary;
    let way = Way::new(*profile, private_key, proxy_password);
    check(&way).is_ok().then_some(way)
}

/// Whoever may speak to the daemon may send anything that looks like a profile.
fn check(way: &Way) -> Result<(), Problem> {
    let profile = &way.profile;
    if let Err(faults) = profile.validate() {
        return Err(problems::invalid_profile(&profile.name, &faults));
    }
    let certificate = profile.client_certificate.as_ref();
    let shown = certificate.is_some_and(|certificate| !certificate.chain.is_empty());
    let wanted = certificate.is_some() || matches!(profile.sign_in, SignIn::Certificate);
    if wanted && !(shown && way.private_key.is_some()) {
        return Err(problems::no_certificate(&profile.name));
    }
    Ok(())
}
