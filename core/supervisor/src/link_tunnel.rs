//! A link's dealings with its tunnel and with the host's network.

use crate::action::Action;
use crate::input::{Ending, PlanEvent, TunnelEvent};
use crate::keeper::SETTLING;
use crate::link::{HostHold, Link, Stand, Then, Tunnel, millis};
use crate::notices;
use crate::peer::Attempt;
use crate::problems;
use crate::reach;
use crate::timer::{Step, Timer};
use crate::tries::Advice;
use crate::turn::Turn;
use crate::ways::Way;
use spoke_api::{DnsMode, DnsState, Remedy, Stage};
use spoke_engine::{Error, Refusal};
use spoke_plan::{Policy, Pushed};
use spoke_wire::PushReply;
use std::net::SocketAddr;
use std::time::Duration;

impl Link {
    pub(crate) fn resolved(
        &mut self,
        turn: &mut Turn<'_>,
        attempt: Attempt,
        result: Result<Vec<SocketAddr>, String>,
    ) {
        if attempt != self.attempt || self.step() != Some(Step::Resolving) {
            return;
        }
        let Some(server) = self.server() else {
            return;
        };
        match reach::usable(&self.profile, server, result) {
            Ok(addresses) => {
                let detail = reach::in_words(&addresses);
                self.stages.finish(turn.now, Stage::Resolve, detail);
                self.hold.remember(self.tries.server(), &addresses);
                self.found(turn, addresses);
            }
            Err(problem) => self.fail(turn, Stage::Resolve, problem),
        }
    }

    pub(crate) fn open_tunnel(&mut self, turn: &mut Turn<'_>, mut addresses: Vec<SocketAddr>) {
        let Some((way, server)) = self.ways.at(self.tries.server()) else {
            return;
        };
        let Way {
            profile,
            private_key,
            proxy_password,
        } = way.clone();
        self.tries.order(&mut addresses);
        self.stages.begin(turn.now, Stage::Transport);
        self.tunnel = Some(Tunnel {
            attempt: self.attempt,
            connected: None,
            credentials_wanted: false,
            supplied: false,
            closing: false,
        });
        self.first_data = false;
        self.enter(turn, Step::Connecting);
        turn.act(Action::OpenTunnel {
            attempt: self.attempt,
            profile,
            server,
            addresses,
            compat: self.describing.stock(),
            private_key,
            can_be_asked: self.interactive && self.provider(turn).is_some(),
            proxy_password,
        });
    }

    pub(crate) fn tunnel_event(
        &mut self,
        turn: &mut Turn<'_>,
        attempt: Attempt,
        event: TunnelEvent,
    ) {
        let Some(tunnel) = &mut self.tunnel else {
            return;
        };
        if tunnel.attempt != attempt {
            return;
        }
        if let TunnelEvent::Ended(ending) = event {
            self.tunnel = None;
            self.tunnel_ended(turn, ending);
            return;
        }
        let Stand::Trying(step) = self.stand else {
            return;
        };
        match event {
            TunnelEvent::Connected(address) if matches!(step, Step::Connecting | Step::Answer) => {
                // Over UDP the one that answers may be another than the first.
                let since = tunnel.connected.map_or(turn.now, |(since, _)| since);
                tunnel.connected = Some((since, address));
                if let Some(gateway) = &mut self.face.gateway {
                    gateway.address = Some(address);
                }
                self.enter(turn, Step::Answer);
            }
            TunnelEvent::PeerAnswered if step == Step::Answer => self.peer_answered(turn),
            TunnelEvent::TlsEstablished { version } if matches!(step, Step::Answer | Step::Tls) => {
                self.stages
                    .finish(turn.now, Stage::Tls, format!("{version}, certificate ok"));
                self.face.tls = Some(version);
                self.enter(turn, Step::Credentials);
                self.supply(turn);
            }
            TunnelEvent::CredentialsWanted { .. } => {
                tunnel.credentials_wanted = true;
                self.supply(turn);
            }
            TunnelEvent::Pushed(reply) if matches!(step, Step::Credentials | Step::Auth) => {
                self.pushed(turn, &reply);
            }
            TunnelEvent::Reconfigured(reply) if matches!(step, Step::HostSetup | Step::Up) => {
                self.reconfigured(turn, &reply);
            }
            TunnelEvent::TokenGiven(token) => self.token_given(token),
            TunnelEvent::SignInPending { timeout } => self.sign_in_pending(turn, timeout),
            TunnelEvent::SignInStep(given) => self.sign_in_step(turn, &given),
            TunnelEvent::FirstData => {
                self.first_data = true;
                self.verify(turn);
            }
            TunnelEvent::Notice(notice) => self.notice(notices::of_session(&notice)),
            TunnelEvent::Trouble(why) => self.notice(notices::way_troubled(&why)),
            // A renegotiation goes through the steps of a handshake once more.
            TunnelEvent::Connected(_)
            | TunnelEvent::PeerAnswered
            | TunnelEvent::TlsEstablished { .. }
            | TunnelEvent::Pushed(_)
            | TunnelEvent::Reconfigured(_)
            | TunnelEvent::Ended(_) => {}
        }
    }

    fn peer_answered(&mut self, turn: &mut Turn<'_>) {
        let connected = self.tunnel.as_ref().and_then(|tunnel| tunnel.connected);
        let (Some((since, address)), Some(server)) = (connected, self.server()) else {
            return;
        };
        let detail = reach::way_in_words(&self.profile, server, address);
        let micros = u64::try_from(turn.now.since(since).as_micros()).unwrap_or(u64::MAX);
        if let Some(gateway) = &mut self.face.gateway {
            gateway.rtt_us = Some(micros);
        }
        self.stages.finish(turn.now, Stage::Transport, detail);
        self.stages.begin(turn.now, Stage::Tls);
        self.enter(turn, Step::Tls);
    }

    fn pushed(&mut self, turn: &mut Turn<'_>, reply: &PushReply) {
        let Some((_, gateway)) = self.tunnel.as_ref().and_then(|tunnel| tunnel.connected) else {
            return;
        };
        let mut detail = self.stages.detail(Stage::Auth);
        if detail.is_empty()
            && !self.signs_in_with_token()
            && let Some(certificate) = &self.face.certificate
        {
            detail = format!("certificate of {}", certificate.subject);
        } else if detail.is_empty() {
            let account = self.face.account.as_deref().unwrap_or("accepted");
            detail = format!("{account} (signed in before)");
        }
        self.stages.finish(turn.now, Stage::Auth, detail);
        self.face.sign_in = None;
        self.desk.answered();
        if let Some((host, stock)) = self.describing.lesson()
            && turn.habits.learn(self.owner.uid, host, stock)
        {
            let habits = turn.habits.clone();
            turn.act(Action::KeepHabits(habits));
        }
        self.face.cipher.clone_from(&reply.cipher);
        let pushed = self.read_settings(reply);
        let cipher = reply.cipher.as_deref().unwrap_or("default cipher");
        self.stages.finish(
            turn.now,
            Stage::Options,
            match pushed.routes.len() {
                1 => format!("1 route, {cipher}"),
                n => format!("{n} routes, {cipher}"),
            },
        );
        if pushed.addresses.is_empty() {
            let problem = problems::no_address(&self.host_name());
            self.fail(turn, Stage::Options, problem);
            return;
        }
        self.stages.begin(turn.now, Stage::Interface);
        self.enter(turn, Step::HostSetup);
        self.host = HostHold::Held;
        self.apply(turn, pushed, gateway);
    }

    /// Takes over settings that take the place of those in force; the host is changed by the difference only.
    fn reconfigured(&mut self, turn: &mut Turn<'_>, reply: &PushReply) {
        let Some((_, gateway)) = self.tunnel.as_ref().and_then(|tunnel| tunnel.connected) else {
            return;
        };
        let pushed = self.read_settings(reply);
        if pushed.addresses.is_empty() {
            let problem = problems::no_address(&self.host_name());
            self.fail(turn, Stage::Options, problem);
            return;
        }
        self.apply(turn, pushed, gateway);
    }

    fn read_settings(&mut self, reply: &PushReply) -> Pushed {
        self.face.unused_options = reply.not_applied();
        for name in reply.forbidden() {
            self.notice(notices::forbidden_option(name));
        }
        if reply.wants_translation() {
            self.notice(notices::translation_wanted());
        }
        Pushed::from(reply).with(&self.profile.protocol)
    }

    fn apply(&mut self, turn: &mut Turn<'_>, pushed: Pushed, gateway: SocketAddr) {
        self.hold.changing();
        turn.act(Action::ApplyPlan {
            attempt: self.attempt,
            pushed: Box::new(pushed),
            policy: Box::new(Policy::from(&*self.profile)),
            gateway,
        });
    }

    pub(crate) fn plan_event(&mut self, turn: &mut Turn<'_>, attempt: Attempt, event: PlanEvent) {
        if attempt != self.attempt {
            return;
        }
        match self.step() {
            Some(Step::Leading) => self.led_past(turn, event),
            Some(Step::HostSetup) => self.set_up(turn, event),
            Some(Step::Up) => self.changed(turn, event),
            _ => {}
        }
    }

    /// The way to the gateway past a held network is there, or is not to be had.
    fn led_past(&mut self, turn: &mut Turn<'_>, event: PlanEvent) {
        match event {
            PlanEvent::Led => self.led(turn),
            PlanEvent::Failed(what) => self.held_plan_failed(turn, Stage::Transport, &what),
            _ => {}
        }
    }

    /// A plan went a step on that changes the network of a connection that is up.
    fn changed(&mut self, turn: &mut Turn<'_>, event: PlanEvent) {
        match event {
            PlanEvent::InterfaceReady { addresses, mtu, .. } => {
                self.face.addresses = addresses;
                self.face.mtu = Some(mtu);
            }
            PlanEvent::RoutesReady { routes, excluded } => {
                self.face.routes = routes;
                self.face.excluded = excluded;
            }
            PlanEvent::DnsReady { dns } => {
                self.face.dns = dns;
                self.hold.stands(&self.face.routes, self.face.dns.as_ref());
            }
            PlanEvent::Notice(notice) => self.notice(notices::of_plan(&notice)),
            PlanEvent::NotSetAgain(why) => self.notice(notices::not_set_again(&why)),
            PlanEvent::Kept { changed } => self.keeper.found(changed),
            PlanEvent::Led => {}
            // A new connection begins with a clean host, where the same may well work.
            PlanEvent::Failed(what) => {
                self.hold.give_up();
                let problem = problems::host_setup(&what).remedy(Remedy::Backoff);
                self.fail(turn, Stage::Verify, problem);
            }
        }
    }

    fn set_up(&mut self, turn: &mut Turn<'_>, event: PlanEvent) {
        match event {
            PlanEvent::InterfaceReady {
                interface,
                addresses,
                mtu,
            } => {
                let first = addresses
                    .first()
                    .map_or_else(String::new, |net| format!(", {}", net.addr()));
                self.stages.finish(
                    turn.now,
                    Stage::Interface,
                    format!("{interface}{first}, MTU {mtu}"),
                );
                self.face.interface = Some(interface);
                self.face.addresses = addresses;
                self.face.mtu = Some(mtu);
                self.stages.begin(turn.now, Stage::Routes);
            }
            PlanEvent::RoutesReady { routes, excluded } => {
                let detail = match routes.len() {
                    1 => "1 route".to_owned(),
                    n => format!("{n} routes"),
                };
                self.stages.finish(turn.now, Stage::Routes, detail);
                self.face.routes = routes;
                self.face.excluded = excluded;
                self.stages.begin(turn.now, Stage::Dns);
            }
            PlanEvent::DnsReady { dns } => {
                self.stages
                    .finish(turn.now, Stage::Dns, dns_detail(dns.as_ref()));
                self.face.dns = dns;
                self.up(turn);
            }
            PlanEvent::Notice(notice) => self.notice(notices::of_plan(&notice)),
            PlanEvent::NotSetAgain(why) => self.notice(notices::not_set_again(&why)),
            PlanEvent::Led | PlanEvent::Kept { .. } => {}
            PlanEvent::Failed(what) => {
                let stage = self.stage_of(Step::HostSetup);
                match self.tries.was_up() {
                    true => self.held_plan_failed(turn, stage, &what),
                    false => self.fail(turn, stage, problems::host_setup(&what)),
                }
            }
        }
    }

    fn up(&mut self, turn: &mut Turn<'_>) {
        self.enter(turn, Step::Up);
        self.stages.begin(turn.now, Stage::Verify);
        self.hold.stands(&self.face.routes, self.face.dns.as_ref());
        self.hold.reached(self.tries.server());
        self.timers.stop(Timer::LetGo);
        // The time for it may have come while no attempt was under way.
        if self.timers.get(Timer::Renew).is_none() && self.desk.asked().is_none() {
            self.plan_renewal(turn);
        }
        self.tries.up();
        self.face.problem = None;
        self.face.connected_at_ms = Some(millis(turn.wall));
        self.verify(turn);
    }

    /// Packets may come before the host is set up for them.
    fn verify(&mut self, turn: &Turn<'_>) {
        if self.first_data && self.step() == Some(Step::Up) {
            self.stages
                .finish(turn.now, Stage::Verify, "the gateway's packets arrive");
            self.tries.proven();
        }
    }

    fn tunnel_ended(&mut self, turn: &mut Turn<'_>, ending: Ending) {
        self.forget_steps(turn);
        let Stand::Trying(step) = self.stand else {
            self.cleared(turn);
            return;
        };
        let server = self.tries.server();
        let waits_for_token =
            self.desk.asked().is_some() && !self.desk.can_sign_in(turn.wall, server);
        if step == Step::Credentials && waits_for_token {
            self.clear(turn, Then::Park);
            return;
        }
        // Some gateways close the connection on a key exchange that says more of the
        // client than the stock one does; others do when they refuse a token.
        let speechless = matches!(&ending, Ending::TransportLost(_))
            || matches!(&ending, Ending::Session(error) if **error == Error::PeerClosedTls);
        let turned =
            step == Step::Auth && speechless && !self.tries.was_up() && self.describing.turn();
        if turned {
            self.clear(turn, Then::Again(Duration::ZERO));
            return;
        }
        let mut advice = Advice::default();
        if let Ending::Session(error) = &ending {
            if let Error::PeerRefused(Refusal::Challenge(challenge)) = &**error
                && self.challenged(turn, challenge)
            {
                return;
            }
            if self.token_refused(turn, step, error) {
                return;
            }
            advice = self.advice(error);
        }
        let problem = reach::ending_problem(&self.profile, &self.host_name(), step, ending);
        let stage = self.stage_of(step);
        self.fail_advised(turn, stage, problem, advice);
    }

    /// Takes a sample of the byte counters.
    pub(crate) fn traffic(&mut self, turn: &Turn<'_>, received: u64, sent: u64) {
        if self.step() != Some(Step::Up) {
            return;
        }
        self.face.traffic = self.counters.sample(turn.now, received, sent);
    }

    /// The host's network has changed: what was waited for may work now, and what was set
    /// may be gone.
    pub(crate) fn network_changed(&mut self, turn: &mut Turn<'_>) {
        if self.step() == Some(Step::Up) && self.timers.get(Timer::Keep).is_none() {
            let due = self.keeper.due(turn.now);
            self.timers.set(Timer::Keep, due);
        }
        // Changes come in swarms, some of them our own; one attempt for all of them.
        let soon = turn.now + SETTLING;
        let sooner = self
            .timers
            .get(Timer::Backoff)
            .is_some_and(|planned| planned > soon);
        if matches!(self.stand, Stand::Pausing) && sooner {
            self.plan_try(turn, SETTLING);
        }
    }
}

fn dns_detail(dns: Option<&DnsState>) -> String {
    match dns {
        None => "left as it is".to_owned(),
        Some(dns) => match dns.mode {
            DnsMode::Full => "all names".to_owned(),
            DnsMode::Split => {
                let names: Vec<String> =
                    dns.suffixes.iter().map(|name| format!(".{name}")).collect();
                format!("split DNS for {}", names.join(", "))
            }
        },
    }
}
