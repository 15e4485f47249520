use crate::chance;
use crate::client::FromClient;
use crate::habits::HabitsFile;
use crate::info::Info;
use crate::intent::IntentFile;
use crate::log::Log;
use crate::lookup::{look_for_portal, resolve};
use crate::narrate::narrate;
use crate::order::Order;
use crate::outgoing::{Outbox, Outgoing};
use crate::policy::PolicyFile;
use crate::survey;
use crate::tunnel::{Gate, Target, Tunnel};
use crate::way::Ends;
use ipnet::IpNet;
use spoke_api::{Phase, Request, Response, State, Update};
use spoke_host::Watch;
use spoke_supervisor::{
    Action, Attempt, ClientId, Input, Intent, Peer, Supervisor, Ticket, TunnelEvent, permission,
};
use spoke_tunnel::{Clock, Pump};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::time::Duration;
use tokio::signal::unix::Signal;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// How often byte counters are looked at while somebody watches.
const TRAFFIC: Duration = Duration::from_secs(1);

/// What the daemon's own parts tell the driver.
pub(crate) enum Inner {
    /// For the supervisor.
    Input(Input),
    /// The tunnel's pump has started.
    Opened(Attempt, Pump),
    /// The ends of the tunnel's transport.
    Between(Attempt, Ends),
    /// The way between them was in doubt a moment ago.
    LookAgain(Attempt),
    /// The tunnel device is up; with its MTU.
    Device(Attempt, OwnedFd, u16),
    /// A look at this computer's network is over.
    Surveyed(Ticket, Response),
}

/// Carries out what the supervisor decides.
pub(crate) struct Driver {
    supervisor: Supervisor,
    clock: Clock,
    clients: BTreeMap<ClientId, Outbox>,
    /// Who is sent states, and whether each wants those with nothing but traffic.
    subscribers: BTreeMap<ClientId, bool>,
    tunnel: Option<Tunnel>,
    /// Tunnels that test gateways.
    probes: Vec<Tunnel>,
    states: watch::Sender<State>,
    orders: mpsc::UnboundedSender<Order>,
    to_self: mpsc::UnboundedSender<Inner>,
    from_inside: mpsc::UnboundedReceiver<Inner>,
    network_watch: Option<Watch>,
    next_traffic: Option<Instant>,
    /// Looks at this computer's network that are under way.
    surveys: usize,
    habits: HabitsFile,
    intent: IntentFile,
    policy: PolicyFile,
    /// Whether a lockdown is wanted.
    locked: bool,
    log: Log,
    info: Info,
    done: Option<Ending>,
}

/// Why the daemon ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It was told to.
    Told,
    /// For a newer program to be started in its place.
    MadeRoom,
}

impl Driver {
    pub(crate) fn new(
        states: watch::Sender<State>,
        orders: mpsc::UnboundedSender<Order>,
        (to_self, from_inside): (mpsc::UnboundedSender<Inner>, mpsc::UnboundedReceiver<Inner>),
        habits: HabitsFile,
        intent: IntentFile,
        policy: PolicyFile,
        log: Log,
    ) -> Self {
        Self {
            supervisor: Supervisor::new(habits.load())
                .with_intent(intent.load())
                .with_jitter(chance::seed()),
            clock: Clock::start(),
            clients: BTreeMap::new(),
            subscribers: BTreeMap::new(),
            tunnel: None,
            probes: Vec::new(),
            states,
            orders,
            to_self,
            from_inside,
            network_watch: None,
            next_traffic: None,
            surveys: 0,
            habits,
            intent,
            policy,
            locked: false,
            log,
            info: Info::at_start(),
            done: None,
        }
    }

    /// Begins with routes that a former run has left for the connection that comes back.
    pub(crate) fn with_routes_left(mut self, routes: Vec<IpNet>) -> Self {
        self.supervisor = self.supervisor.with_routes_left(routes);
        self
    }

    /// Runs until `stop` ends and everything is taken down, or until nothing is connected
    /// after `successor` has told that a newer program waits.
    pub(crate) async fn run(
        mut self,
        mut from_clients: mpsc::Receiver<FromClient>,
        stop: impl Future<Output = ()>,
        mut successor: Signal,
    ) -> Ending {
        tokio::pin!(stop);
        let mut stopping = false;
        loop {
            if let Some(ending) = self.done {
                return ending;
            }
            let deadline = self.supervisor.deadline().map(|deadline| deadline.at);
            let wake = deadline.and_then(|at| self.clock.instant_of(at));
            tokio::select! {
                () = &mut stop, if !stopping => {
                    stopping = true;
                    tracing::info!("ending");
                    self.input(Input::Shutdown);
                }
                Some(()) = successor.recv() => {
                    tracing::info!("a newer program takes over as soon as nothing is connected");
                    self.input(Input::MakeRoom);
                }
                Some(inner) = self.from_inside.recv() => self.inner(inner),
                Some(message) = from_clients.recv() => self.client(message),
                () = at(wake.map(Instant::from_std)) => {
                    self.supervisor.handle_timeout(self.clock.now(), self.clock.wall());
                    self.carry_out();
                }
                () = at(self.next_traffic) => {
                    self.next_traffic = None;
                    self.sample_traffic();
                }
                changed = next_change(&mut self.network_watch) => {
                    if !changed {
                        self.network_watch = None;
                    }
                    if let Some(tunnel) = &mut self.tunnel {
                        tunnel.network_changed(&self.to_self);
                    }
                    self.input(Input::NetworkChanged);
                }
            }
            self.set_alarms();
        }
    }

    fn inner(&mut self, message: Inner) {
        match message {
            Inner::Input(Input::Tunnel {
                attempt,
                event: TunnelEvent::Ended(ending),
            }) => {
                self.tunnel.take_if(|tunnel| tunnel.is(attempt));
                self.probes.retain(|probe| !probe.is(attempt));
                let event = TunnelEvent::Ended(ending);
                self.input(Input::Tunnel { attempt, event });
            }
            Inner::Input(input) => self.input(input),
            Inner::Opened(attempt, pump) => match self.tunnel_of(attempt) {
                Some(tunnel) => tunnel.opened(pump),
                // It has ended already; dropping the pump changes nothing.
                None => drop(pump),
            },
            Inner::Between(attempt, ends) => {
                if let Some(tunnel) = self.tunnel_of(attempt) {
                    tunnel.goes_between(ends);
                }
            }
            Inner::LookAgain(attempt) => {
                if let Some(tunnel) = self.tunnel.as_mut().filter(|now| now.is(attempt)) {
                    tunnel.look_again(&self.to_self);
                }
            }
            Inner::Device(attempt, device, mtu) => {
                if let Some(tunnel) = self.tunnel_of(attempt) {
                    tunnel.attach(device, mtu);
                }
            }
            Inner::Surveyed(ticket, response) => {
                self.surveys = self.surveys.saturating_sub(1);
                self.send(ticket.client, Outgoing::Response(ticket.id, response));
            }
        }
    }

    fn client(&mut self, message: FromClient) {
        match message {
            FromClient::Came(client, outbox) => {
                tracing::debug!("client {} came", client.0);
                self.clients.insert(client, outbox);
            }
            FromClient::Gone(client) => {
                self.clients.remove(&client);
                self.subscribers.remove(&client);
                self.input(Input::ClientGone(client));
            }
            FromClient::Asks {
                client,
                peer,
                id,
                request,
            } => self.asked(client, peer, id, request),
        }
    }

    fn asked(&mut self, client: ClientId, peer: Peer, id: u64, mut request: Request) {
        if let Request::Connect {
            profile,
            secondary,
            options,
            ..
        } = &mut request
        {
            options.lockdown |= self.policy.wants_lockdown();
            chance::order(profile);
            if let Some(secondary) = secondary {
                chance::order(&mut secondary.profile);
            }
        }
        let ticket = Ticket { client, id };
        tracing::debug!(
            "client {} (process {}, user {}) asks: {}",
            client.0,
            peer.pid,
            peer.uid,
            name(&request)
        );
        if let Err(problem) = self.policy.allow(&request) {
            self.send(client, Outgoing::Response(id, Response::Failed { problem }));
            return;
        }
        let owner = self.supervisor.owner();
        match &request {
            Request::DaemonInfo | Request::Log { .. } | Request::SetLogLevel { .. } => {
                let allowed = permission::allow(peer, &request, owner);
                let response = match (allowed, request) {
                    (Err(problem), _) => Response::Failed { problem },
                    (
                        Ok(()),
                        Request::Log {
                            since_seconds,
                            follow,
                        },
                    ) => {
                        let lines = self.log.lines(peer, since_seconds);
                        if follow {
                            self.send(client, Outgoing::Log(self.log.follow()));
                        }
                        Response::Log { lines }
                    }
                    (Ok(()), Request::SetLogLevel { level }) => {
                        self.log.set_level(level);
                        Response::Done
                    }
                    (Ok(()), _) => Response::DaemonInfo {
                        info: self.info.now(),
                    },
                };
                self.send(client, Outgoing::Response(ticket.id, response));
            }
            Request::Network => match self.surveys < survey::AT_ONCE {
                true => {
                    self.surveys += 1;
                    survey::begin(ticket, self.to_self.clone());
                }
                false => {
                    let problem = survey::too_many();
                    self.send(client, Outgoing::Response(id, Response::Failed { problem }));
                }
            },
            Request::Status => {
                self.sample_traffic();
                self.ask(client, peer, id, request);
            }
            _ => self.ask(client, peer, id, request),
        }
    }

    fn ask(&mut self, client: ClientId, peer: Peer, id: u64, request: Request) {
        self.input(Input::Asked {
            client,
            id,
            peer,
            request,
        });
    }

    fn input(&mut self, input: Input) {
        self.supervisor
            .handle(self.clock.now(), self.clock.wall(), input);
        self.carry_out();
    }

    fn carry_out(&mut self) {
        // The last words about a connection are still its owner's.
        let before = self
            .states
            .borrow()
            .connection
            .as_ref()
            .map(|old| old.owner);
        self.log.belongs_to(self.supervisor.owner().or(before));
        while let Some(action) = self.supervisor.poll() {
            self.act(action);
        }
        self.log.belongs_to(self.supervisor.owner());
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Answer { ticket, response } => {
                self.send(ticket.client, Outgoing::Response(ticket.id, response));
            }
            Action::Tell { client, update } => self.tell(client, update),
            Action::Publish(state) => {
                narrate(&self.states.borrow(), &state);
                self.states.send_replace(*state);
            }
            Action::AddSubscriber { client, traffic } => {
                self.subscribers.insert(client, traffic);
                self.send(client, Outgoing::States { traffic });
            }
            Action::Resolve {
                attempt,
                host,
                port,
                random_label,
            } => {
                let host = match random_label {
                    true => chance::label(&host),
                    false => host,
                };
                let gate = self.gate();
                resolve(attempt, host, port, gate, self.to_self.clone());
                look_for_portal(self.to_self.clone());
            }
            Action::OpenTunnel {
                attempt,
                profile,
                server,
                addresses,
                compat,
                private_key,
                can_be_asked,
                proxy_password,
            } => {
                let target = Target {
                    attempt,
                    profile,
                    server,
                    addresses,
                    compat,
                    proxy_password,
                    private_key,
                    can_be_asked,
                    is_probe: false,
                };
                let gate = self.gate();
                let to_self = self.to_self.clone();
                self.tunnel = Some(Tunnel::open(target, gate, self.clock, to_self));
            }
            Action::OpenProbe {
                attempt,
                profile,
                server,
                addresses,
                private_key,
            } => {
                let target = Target::of_probe(attempt, profile, server, addresses, private_key);
                let probe = Tunnel::open(target, None, self.clock, self.to_self.clone());
                self.probes.push(probe);
            }
            Action::SupplyCredentials {
                attempt,
                username,
                password,
            } => {
                if let Some(tunnel) = self.tunnel_of(attempt) {
                    tunnel.supply(username, password);
                }
            }
            Action::AnswerChallenge { attempt, answer } => {
                if let Some(tunnel) = self.tunnel_of(attempt) {
                    tunnel.answer(answer);
                }
            }
            Action::CloseTunnel { attempt } => {
                if let Some(tunnel) = self.tunnel_of(attempt) {
                    tunnel.close();
                }
            }
            action @ (Action::ApplyPlan { .. }
            | Action::KeepPlan { .. }
            | Action::LeadPast { .. }
            | Action::LockDown(_)
            | Action::UndoPlan) => self.change_network(action),
            Action::KeepIntent(intent) => self.keep_intent(intent.as_ref()),
            Action::KeepHabits(habits) => self.habits.save(&habits),
            Action::Exit => self.done = Some(Ending::Told),
            Action::MakeRoom => self.done = Some(Ending::MadeRoom),
        }
    }

    /// What is to be done by the network's task.
    fn change_network(&mut self, action: Action) {
        let order = match action {
            Action::ApplyPlan {
                attempt,
                pushed,
                policy,
                gateway,
            } => Order::Apply {
                attempt,
                pushed,
                policy,
                gateway: gateway.ip(),
            },
            Action::KeepPlan { attempt } => Order::Keep { attempt },
            Action::LeadPast { attempt, gateways } => Order::Lead { attempt, gateways },
            Action::LockDown(lockdown) => {
                self.locked = lockdown.is_some();
                Order::LockDown(lockdown)
            }
            Action::UndoPlan => Order::Undo,
            _ => return,
        };
        self.order(order);
    }

    /// What nobody wants to come back needs nothing kept for it.
    fn keep_intent(&mut self, intent: Option<&Intent>) {
        self.intent.save(intent);
        if intent.is_none() {
            self.order(Order::LetGo);
        }
    }

    /// With a lockdown: opens when what was ordered so far is done, and so the way out is open
    /// that the next step needs.
    fn gate(&mut self) -> Option<Gate> {
        let (tell, told) = oneshot::channel();
        self.locked.then(|| {
            self.order(Order::Tell(tell));
            told
        })
    }

    fn order(&mut self, order: Order) {
        // The network's task ends only with the driver.
        let _ = self.orders.send(order);
    }

    fn tell(&mut self, client: ClientId, update: Update) {
        match &update {
            Update::TokenWanted(wanted) => tracing::info!(
                "{}: token question {} goes to client {} ({:?})",
                wanted.profile,
                wanted.request,
                client.0,
                wanted.reason
            ),
            Update::TokenNoLongerWanted { request } => {
                tracing::info!("token question {request} is withdrawn");
            }
            Update::PageWanted { profile, .. } => {
                tracing::info!(
                    "{profile}: a page of the gateway's goes to client {}",
                    client.0
                );
            }
            Update::State { .. } | Update::Log { .. } => {}
        }
        self.send(client, Outgoing::Update(Box::new(update)));
    }

    /// Lets a client go whose outbox is full.
    fn send(&mut self, client: ClientId, message: Outgoing) {
        if self
            .clients
            .get(&client)
            .is_some_and(|outbox| !outbox.put(message))
        {
            self.clients.remove(&client);
        }
    }

    fn tunnel_of(&mut self, attempt: Attempt) -> Option<&mut Tunnel> {
        let mut open = self.tunnel.iter_mut().chain(&mut self.probes);
        open.find(|tunnel| tunnel.is(attempt))
    }

    fn sample_traffic(&mut self) {
        if let Some((received, sent)) = self.tunnel.as_ref().and_then(Tunnel::traffic) {
            self.input(Input::Traffic { received, sent });
        }
    }

    /// Only what somebody waits for keeps a timer or a socket: a daemon that is not
    /// connected sleeps.
    fn set_alarms(&mut self) {
        let phase = self.supervisor.state().phase();
        let watched = phase == Phase::Connected && self.subscribers.values().any(|wants| *wants);
        if !watched {
            self.next_traffic = None;
        } else if self.next_traffic.is_none() {
            self.next_traffic = Some(Instant::now() + TRAFFIC);
        }
        let concerned = matches!(
            phase,
            Phase::Connected | Phase::Reconnecting | Phase::Blocked | Phase::Paused
        );
        if !concerned {
            self.network_watch = None;
        } else if self.network_watch.is_none() {
            match Watch::open() {
                Ok(watch) => self.network_watch = Some(watch),
                Err(error) => tracing::warn!("{error}"),
            }
        }
    }
}

/// A request's name, without what it carries.
const fn name(request: &Request) -> &'static str {
    match request {
        Request::Status => "status",
        Request::Subscribe { .. } => "subscribe",
        Request::Connect { .. } => "connect",
        Request::Disconnect { .. } => "disconnect",
        Request::RetryNow => "retry now",
        Request::Pause { .. } => "pause",
        Request::Resume => "resume",
        Request::RenewSignIn { .. } => "renew sign-in",
        Request::Probe { .. } => "probe",
        Request::OfferTokens => "offer tokens",
        Request::GrantToken(_) => "grant token",
        Request::RefuseToken { .. } => "refuse token",
        Request::SignInProgress { .. } => "sign-in progress",
        Request::Intent => "intent",
        Request::DaemonInfo => "daemon info",
        Request::SetLogLevel { .. } => "set log level",
        Request::Network => "network",
        Request::Log { .. } => "log",
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// Whether the network has changed; `false` when it can no longer be watched.
async fn next_change(watch: &mut Option<Watch>) -> bool {
    match watch {
        Some(watch) => watch.next().await.is_some(),
        None => std::future::pending().await,
    }
}
