//! A daemon in memory: it keeps the books of what the supervisor holds.

#![expect(dead_code, reason = "each test uses its part of it")]

use spoke_api::{
    AccessToken, ConnectOptions, DnsState, Phase, Problem, Request, Response, Secondary, Stage,
    State, TokenGrant, TokenWanted, Update,
};
use spoke_moment::{Moment, WallTime};
use spoke_plan::Lockdown;
use spoke_profile::{Entra, Profile, Server, ServerSecret, SignIn};
use spoke_supervisor::{
    Action, Attempt, ClientId, Ending, Habits, Input, Intent, Peer, PlanEvent, Supervisor,
    TunnelEvent,
};
use spoke_wire::{Ifconfig, PushReply, Topology};
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const ANA: Peer = Peer {
    uid: 1000,
    gid: 1000,
    pid: 10,
};
pub(crate) const BOB: Peer = Peer {
    uid: 1001,
    gid: 1001,
    pid: 11,
};
pub(crate) const ROOT: Peer = Peer {
    uid: 0,
    gid: 0,
    pid: 1,
};
pub(crate) const CLI: ClientId = ClientId(1);
pub(crate) const EPOCH: u64 = 1_800_000_000;
const WISHES: ConnectOptions = ConnectOptions {
    interactive: true,
    anew: false,
    lockdown: false,
};

/// What has been asked of the daemon and not been answered yet, and what it holds.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) supervisor: Supervisor,
    pub(crate) now: Duration,
    /// Seconds that only the calendar counts.
    pub(crate) asleep: u64,
    pub(crate) resolving: Option<Attempt>,
    pub(crate) tunnel: Option<Attempt>,
    pub(crate) closing: bool,
    pub(crate) applying: Option<Attempt>,
    pub(crate) host_changed: bool,
    pub(crate) undoing: bool,
    /// DNS as a plan sets it.
    pub(crate) dns: Option<DnsState>,
    /// The attempt whose way to the gateway is being led past a held network.
    pub(crate) leading: Option<Attempt>,
    /// The attempt whose network is being looked after.
    pub(crate) keeping: Option<Attempt>,
    /// How often that was asked for.
    pub(crate) looks: u32,
    /// The attempt that may use what stands.
    led: Option<Attempt>,
    pub(crate) token: Option<(ClientId, TokenWanted)>,
    pub(crate) password: String,
    pub(crate) supplied: u32,
    pub(crate) resolved_hosts: Vec<String>,
    /// Profile and place of each gateway that a tunnel was opened to.
    pub(crate) opened: Vec<(String, usize)>,
    pub(crate) answers: Vec<(ClientId, u64, Response)>,
    pub(crate) states: Vec<State>,
    /// The attempt that the last plan was for.
    planned: Option<Attempt>,
    pub(crate) exited: bool,
    pub(crate) made_room: bool,
    pub(crate) compat: bool,
    /// The name that the session was given last.
    pub(crate) username: String,
    /// Whether the last tunnel was opened with a private key.
    pub(crate) with_key: bool,
    pub(crate) challenge_answers: Vec<String>,
    pub(crate) pages: Vec<String>,
    pub(crate) habits: Habits,
    pub(crate) intent: Option<Intent>,
    /// What alone may leave.
    pub(crate) locked: Option<Lockdown>,
    /// Tunnels of tests, with the place of their gateway.
    pub(crate) probes: Vec<(Attempt, usize)>,
    /// Those of them that are being closed.
    pub(crate) closing_probes: Vec<Attempt>,
    next_id: u64,
}

pub(crate) fn profile(name: &str, servers: &[&str]) -> Profile {
    Profile {
        servers: servers.iter().map(|host| Server::new(*host)).collect(),
        sign_in: SignIn::password(),
        ..Profile::draft(name, ServerSecret::new([0; 256].into()))
    }
}

const TENANT: &str = "9f3c1111-2222-3333-4444-555566667777";

/// A sign-in at Entra for one of some audiences, given by a hexadecimal digit.
pub(crate) fn entra(audience: &str) -> SignIn {
    SignIn::Entra(Entra {
        tenant: TENANT.into(),
        authority: format!("https://login.microsoftonline.com/{TENANT}"),
        authority_trusted: false,
        issuer: Some(format!("https://sts.windows.net/{TENANT}/")),
        audience: format!("c632b3df-fb67-4d84-bdcf-b95ad541b5c{audience}"),
        application_id: None,
        cache_sign_in: true,
        device_sso: false,
        disable_sso: false,
        group_token: false,
        redirect_uri: None,
        scope: None,
    })
}

impl World {
    /// A daemon with another supervisor.
    pub(crate) fn of(supervisor: Supervisor) -> Self {
        Self {
            supervisor,
            ..Self::default()
        }
    }

    /// A daemon whose plans set DNS like this.
    pub(crate) fn with_dns(dns: DnsState) -> Self {
        Self {
            dns: Some(dns),
            ..Self::default()
        }
    }

    pub(crate) fn input(&mut self, input: Input) {
        let (now, wall) = self.time();
        self.supervisor.handle(now, wall, input);
        self.carry_out();
    }

    pub(crate) fn ask(&mut self, client: ClientId, peer: Peer, request: Request) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.input(Input::Asked {
            client,
            id,
            peer,
            request,
        });
        id
    }

    /// The user's program is gone, and its questions with it.
    pub(crate) fn client_gone(&mut self) {
        self.token.take_if(|(client, _)| *client == CLI);
        self.input(Input::ClientGone(CLI));
    }

    pub(crate) fn connect(&mut self, servers: &[&str]) -> u64 {
        self.connect_as(CLI, ANA, "hub", servers)
    }

    pub(crate) fn connect_as(
        &mut self,
        client: ClientId,
        peer: Peer,
        name: &str,
        to: &[&str],
    ) -> u64 {
        self.connect_with(client, peer, profile(name, to), None, WISHES)
    }

    pub(crate) fn connect_locked(&mut self, to: &[&str]) -> u64 {
        let lockdown = true;
        let options = ConnectOptions { lockdown, ..WISHES };
        self.connect_with(CLI, ANA, profile("hub", to), None, options)
    }

    /// Connects with a profile to fall back to.
    pub(crate) fn connect_or(&mut self, profile: Profile, secondary: Option<Profile>) -> u64 {
        self.connect_with(CLI, ANA, profile, secondary, WISHES)
    }

    /// Connects what is connected anew, to other servers.
    pub(crate) fn connect_anew(&mut self, to: &[&str]) -> u64 {
        let anew = true;
        let options = ConnectOptions { anew, ..WISHES };
        self.connect_with(CLI, ANA, profile("hub", to), None, options)
    }

    fn connect_with(
        &mut self,
        client: ClientId,
        peer: Peer,
        profile: Profile,
        secondary: Option<Profile>,
        options: ConnectOptions,
    ) -> u64 {
        let meant = self.intent.as_ref();
        let meant = meant.is_some_and(|to| to.uid == peer.uid && to.profile == profile.name);
        if self.supervisor.state().connection.is_none() && !self.undoing && !meant {
            // What stands for another goes with the next plan or after half a minute, untold.
            self.host_changed = false;
        }
        let request = Request::Connect {
            profile: Box::new(profile),
            options,
            private_key: None,
            proxy_password: None,
            secondary: secondary.map(|profile| Secondary {
                profile: Box::new(profile),
                private_key: None,
                proxy_password: None,
            }),
        };
        self.ask(client, peer, request)
    }

    pub(crate) fn disconnect(&mut self) -> u64 {
        self.ask(CLI, ANA, Request::Disconnect { profile: None })
    }

    /// Lets time pass, timer by timer.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.supervisor.deadline() {
            let at = deadline.at.since_origin();
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            let (now, wall) = self.time();
            self.supervisor.handle_timeout(now, wall);
            self.carry_out();
        }
        self.now = end;
    }

    pub(crate) fn time(&self) -> (Moment, WallTime) {
        let wall = WallTime::from_unix(EPOCH + self.asleep + self.now.as_secs());
        (Moment::from_origin(self.now), wall)
    }

    pub(crate) fn answer(&self, id: u64) -> Option<&Response> {
        self.answers
            .iter()
            .find(|(_, asked, _)| *asked == id)
            .map(|(_, _, response)| response)
    }

    pub(crate) fn phase(&self) -> Phase {
        self.supervisor.state().phase()
    }

    pub(crate) fn connection(&self) -> spoke_api::Connection {
        let state = self.supervisor.state();
        state.connection.clone().unwrap()
    }

    pub(crate) fn problem(&self) -> Option<Problem> {
        let connection = self.supervisor.state().connection.clone()?;
        connection.problem
    }

    pub(crate) fn done_stages(&self) -> Vec<Stage> {
        let Some(connection) = &self.supervisor.state().connection else {
            return Vec::new();
        };
        let done = connection.stages.iter();
        done.filter(|report| report.status == spoke_api::StageStatus::Done)
            .map(|report| report.stage)
            .collect()
    }

    pub(crate) fn resolve(&mut self, result: Result<(), &str>) {
        if let Some(attempt) = self.resolving.take() {
            let address: SocketAddr = ([192, 0, 2, 1], 443).into();
            let result = result.map(|()| vec![address]).map_err(str::to_owned);
            self.input(Input::Resolved { attempt, result });
        }
    }

    pub(crate) fn tunnel(&mut self, event: TunnelEvent) {
        if let Some(attempt) = self.tunnel {
            if matches!(event, TunnelEvent::Ended(_)) {
                self.tunnel = None;
                self.closing = false;
            }
            self.input(Input::Tunnel { attempt, event });
        }
    }

    pub(crate) fn end_tunnel(&mut self) {
        self.tunnel(TunnelEvent::Ended(if self.closing {
            Ending::Asked
        } else {
            Ending::TransportLost("connection reset by peer".into())
        }));
    }

    pub(crate) fn grant(&mut self, life: Option<u64>) -> Option<u64> {
        let (client, wanted) = self.token.take()?;
        let grant = TokenGrant {
            request: wanted.request,
            username: "AzureAD".into(),
            token: AccessToken::new("token".into()),
            account: Some("ana@contoso.com".into()),
            expires: life.map(|life| EPOCH + self.now.as_secs() + life),
            silent: true,
            once: false,
        };
        Some(self.ask(client, ANA, Request::GrantToken(grant)))
    }

    pub(crate) fn refuse_token(&mut self, problem: Problem) {
        if let Some((client, wanted)) = self.token.take() {
            let request = wanted.request;
            self.ask(client, ANA, Request::RefuseToken { request, problem });
        }
    }

    pub(crate) fn plan(&mut self, event: PlanEvent) {
        if let Some(attempt) = self.applying {
            if matches!(event, PlanEvent::DnsReady { .. } | PlanEvent::Failed(_)) {
                self.applying = None;
            }
            self.input(Input::Plan { attempt, event });
        }
    }

    pub(crate) fn plan_succeeds(&mut self) {
        self.plan(PlanEvent::InterfaceReady {
            interface: "spoke0".into(),
            addresses: vec!["172.16.201.7/24".parse().unwrap()],
            mtu: 1500,
        });
        self.plan(PlanEvent::RoutesReady {
            routes: vec!["10.20.0.0/16".parse().unwrap()],
            excluded: Vec::new(),
        });
        let dns = self.dns.clone();
        self.plan(PlanEvent::DnsReady { dns });
    }

    /// The way to the gateway past a held network is there, or not.
    pub(crate) fn lead(&mut self, result: Result<(), &str>) {
        if let Some(attempt) = self.leading.take() {
            self.led = Some(attempt);
            let event = match result {
                Ok(()) => PlanEvent::Led,
                Err(why) => PlanEvent::Failed(why.to_owned()),
            };
            self.input(Input::Plan { attempt, event });
        }
    }

    /// The network of the connection was looked after.
    pub(crate) fn keep(&mut self, changed: bool) {
        if let Some(attempt) = self.keeping.take() {
            let event = PlanEvent::Kept { changed };
            self.input(Input::Plan { attempt, event });
        }
    }

    pub(crate) fn restore(&mut self, result: Result<(), &str>) {
        if self.undoing {
            self.undoing = false;
            self.host_changed = result.is_err();
            self.input(Input::Restored(result.map_err(str::to_owned)));
        }
    }

    /// The machine sleeps: when it wakes, all that was due meanwhile is late.
    pub(crate) fn sleep(&mut self, time: Duration) {
        self.now += time;
        let (now, wall) = self.time();
        self.supervisor.handle_timeout(now, wall);
        self.carry_out();
    }

    /// The process is killed; the next one leaves routes of a connection that is to come back.
    pub(crate) fn kill(&mut self) {
        let left = match self.host_changed && self.intent.is_some() {
            true => vec!["10.20.0.0/16".parse().unwrap()],
            false => Vec::new(),
        };
        let before = std::mem::take(self);
        let supervisor = Supervisor::new(before.habits.clone()).with_intent(before.intent.clone());
        *self = Self {
            host_changed: !left.is_empty(),
            supervisor: supervisor.with_routes_left(left),
            now: before.now,
            asleep: before.asleep,
            dns: before.dns,
            habits: before.habits,
            intent: before.intent,
            next_id: before.next_id,
            ..Self::default()
        };
        self.input(Input::NetworkChanged);
    }

    /// The process ends as it is asked to; another is started.
    pub(crate) fn restart(&mut self) {
        self.input(Input::Shutdown);
        for _ in 0..3 {
            self.end_tunnel();
            self.restore(Ok(()));
        }
        assert!(self.exited && !self.host_changed, "it does not end");
        self.kill();
    }

    /// Something happens to the newest test's tunnel.
    pub(crate) fn probe(&mut self, event: TunnelEvent) {
        let (attempt, _) = *self.probes.last().unwrap();
        if matches!(event, TunnelEvent::Ended(_)) {
            self.probes.pop();
        }
        self.input(Input::Tunnel { attempt, event });
    }

    fn is_probe(&self, attempt: Attempt) -> bool {
        self.probes.iter().any(|(probe, _)| *probe == attempt)
    }

    /// Goes to where name and password are wanted.
    pub(crate) fn reach_sign_in(&mut self) {
        self.resolve(Ok(()));
        self.lead(Ok(()));
        self.tunnel(TunnelEvent::Connected(([192, 0, 2, 1], 443).into()));
        // A session asks at its very beginning, although it needs them only after TLS.
        self.tunnel(TunnelEvent::CredentialsWanted {
            renegotiation: false,
        });
        self.tunnel(TunnelEvent::PeerAnswered);
        self.tunnel(TunnelEvent::TlsEstablished {
            version: "TLS 1.3".into(),
        });
    }

    /// Goes all the way.
    pub(crate) fn reach_connected(&mut self, life: Option<u64>) {
        self.go_well(life);
        assert_eq!(self.phase(), Phase::Connected);
    }

    /// All that is waited for comes, as it is wished for.
    pub(crate) fn go_well(&mut self, life: Option<u64>) {
        self.reach_sign_in();
        self.grant(life);
        self.tunnel(TunnelEvent::Pushed(Box::new(push())));
        self.plan_succeeds();
        self.tunnel(TunnelEvent::FirstData);
    }

    fn carry_out(&mut self) {
        while let Some(action) = self.supervisor.poll() {
            self.act(action);
        }
    }

    /// Holds the supervisor to its word on the way.
    fn act(&mut self, action: Action) {
        match action {
            Action::Answer { ticket, response } => {
                assert!(self.answer(ticket.id).is_none(), "answered twice");
                self.answers.push((ticket.client, ticket.id, response));
            }
            Action::Tell { client, update } => match update {
                Update::TokenWanted(wanted) => {
                    assert!(self.token.is_none(), "two questions at once");
                    self.token = Some((client, wanted));
                }
                Update::TokenNoLongerWanted { request } => {
                    self.token.take_if(|(_, wanted)| wanted.request == request);
                }
                Update::PageWanted { url, .. } => self.pages.push(url),
                other => panic!("told {other:?}"),
            },
            Action::Publish(state) => {
                assert_ne!(self.states.last(), Some(&*state), "published unchanged");
                self.states.push(*state);
            }
            Action::AddSubscriber { .. } => {}
            Action::Resolve { attempt, host, .. } => {
                self.resolving = Some(attempt);
                self.resolved_hosts.push(host);
            }
            Action::OpenTunnel {
                attempt,
                compat,
                private_key,
                profile,
                server,
                ..
            } => {
                self.opened.push((profile.name.clone(), server));
                self.compat = compat;
                self.with_key = private_key.is_some();
                assert_eq!(self.tunnel, None, "a second tunnel");
                let led = self.led == Some(attempt);
                assert!(!self.host_changed || led, "a tunnel over an old plan");
                self.tunnel = Some(attempt);
            }
            Action::SupplyCredentials {
                attempt,
                username,
                password,
            } => {
                assert_eq!(self.tunnel, Some(attempt));
                self.supplied += 1;
                self.username = username;
                self.password = String::clone(&password);
            }
            Action::OpenProbe {
                attempt, server, ..
            } => self.probes.push((attempt, server)),
            Action::CloseTunnel { attempt } if self.is_probe(attempt) => {
                assert!(!self.closing_probes.contains(&attempt), "closed twice");
                self.closing_probes.push(attempt);
            }
            Action::CloseTunnel { attempt } => {
                assert_eq!(self.tunnel, Some(attempt));
                assert!(!self.closing, "closed twice");
                self.closing = true;
            }
            Action::AnswerChallenge { answer, .. } => {
                self.challenge_answers.push(answer.reveal().to_owned());
            }
            Action::KeepHabits(habits) => self.habits = habits,
            Action::KeepIntent(intent) => {
                assert_ne!(self.intent, intent, "kept unchanged");
                self.intent = intent;
            }
            Action::Exit => self.exited = true,
            Action::MakeRoom => self.made_room = true,
            other => self.change_network(other),
        }
    }

    fn change_network(&mut self, action: Action) {
        match action {
            Action::ApplyPlan { attempt, .. } => {
                assert_eq!(self.tunnel, Some(attempt), "a plan without a tunnel");
                let again = self.planned == Some(attempt) || self.led == Some(attempt);
                assert!(!self.host_changed || again, "a plan over a plan");
                self.planned = Some(attempt);
                self.host_changed = true;
                self.applying = Some(attempt);
            }
            Action::LockDown(lockdown) => {
                assert_ne!(self.locked, lockdown, "locked unchanged");
                self.locked = lockdown;
            }
            Action::UndoPlan => {
                // Of a former run, only who looks knows what it has left.
                assert!(
                    self.host_changed || self.intent.is_none(),
                    "nothing to undo"
                );
                assert!(!self.undoing);
                self.leading = None;
                self.applying = None;
                self.undoing = true;
            }
            Action::KeepPlan { attempt } => {
                assert_eq!(self.planned, Some(attempt), "nothing to keep");
                assert!(self.host_changed && self.applying.is_none() && !self.undoing);
                self.keeping = Some(attempt);
                self.looks += 1;
            }
            Action::LeadPast { attempt, gateways } => {
                assert!(self.host_changed && !self.undoing, "nothing is held");
                assert!(!gateways.is_empty());
                self.leading = Some(attempt);
            }
            other => panic!("nothing of the network's: {other:?}"),
        }
    }
}

pub(crate) fn push() -> PushReply {
    PushReply {
        topology: Some(Topology::Subnet),
        ifconfig: Some(Ifconfig {
            local: [172, 16, 201, 7].into(),
            mask_or_remote: [255, 255, 255, 0].into(),
        }),
        cipher: Some("AES-256-GCM".into()),
        ..PushReply::default()
    }
}
