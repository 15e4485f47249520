use crate::driver::Inner;
use crate::passage::{self, Passed};
use crate::prepare::client_config;
use crate::way::{Ends, GRACE, Way};
use nix::unistd::dup;
use spoke_api::{PrivateKey, ProxyPassword};
use spoke_engine::{Credentials, MssFix, Session, TransportKind};
use spoke_profile::{self as profile, Profile};
use spoke_supervisor::{Attempt, Ending, Input, TunnelEvent};
use spoke_tunnel::{Clock, Event, Pump, SystemEntropy, Transport, TunIo, dial};
use spoke_wire::ChallengeAnswer;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

/// The supervisor gives up earlier; this only ends the thread.
pub(crate) const DIAL: Duration = Duration::from_secs(600);

/// Opens when the way out is there, or is not to be waited for any more.
pub(crate) type Gate = oneshot::Receiver<()>;

/// The tunnel of the present attempt.
pub(crate) struct Tunnel {
    attempt: Attempt,
    state: State,
    /// Between what the transport goes; nothing while that is not known, or given up.
    ends: Option<Ends>,
    /// Since when the way between them is not there.
    away: Option<Instant>,
    /// It will be looked at once more.
    will_look: bool,
    /// The profile's word on segment sizes, and what the packets go over.
    mss: (profile::MssFix, TransportKind),
}

enum State {
    /// The pump's own messages can overtake the one that brings it, so credentials
    /// may be wanted, and come, before it is here.
    Dialling {
        cancel: Arc<AtomicBool>,
        supplied: Option<Credentials>,
    },
    Running(Pump),
}

/// What to connect to.
pub(crate) struct Target {
    pub(crate) attempt: Attempt,
    pub(crate) profile: Arc<Profile>,
    pub(crate) server: usize,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) compat: bool,
    /// For the user named in the profile's proxy.
    pub(crate) proxy_password: Option<Arc<ProxyPassword>>,
    pub(crate) private_key: Option<Arc<PrivateKey>>,
    pub(crate) can_be_asked: bool,
    /// Only as far as the sign-in.
    pub(crate) is_probe: bool,
}

impl Target {
    /// What a test connects to: nobody is asked for anything, the proxy's password neither.
    pub(crate) const fn of_probe(
        attempt: Attempt,
        profile: Arc<Profile>,
        server: usize,
        addresses: Vec<SocketAddr>,
        private_key: Option<Arc<PrivateKey>>,
    ) -> Self {
        Self {
            attempt,
            profile,
            server,
            addresses,
            compat: false,
            proxy_password: None,
            private_key,
            can_be_asked: false,
            is_probe: true,
        }
    }
}

impl Target {
    fn transport(&self) -> TransportKind {
        let server = self.profile.servers.get(self.server);
        match server.map(|server| self.profile.transport_of(server)) {
            Some(profile::Transport::Udp) => TransportKind::Udp,
            Some(profile::Transport::Tcp) | None => TransportKind::Tcp,
        }
    }
}

impl Tunnel {
    /// Begins to connect, once the gate, if there is one, has opened; the pump comes back as
    /// [`Inner::Opened`].
    pub(crate) fn open(
        target: Target,
        gate: Option<Gate>,
        clock: Clock,
        to_driver: UnboundedSender<Inner>,
    ) -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let attempt = target.attempt;
        let calm = Arc::clone(&cancel);
        let mss = (target.profile.protocol.mss, target.transport());
        tokio::task::spawn_blocking(move || {
            if let Some(gate) = gate {
                // One that is gone leaves nothing to wait for.
                let _ = gate.blocking_recv();
            }
            let message = match connect(&target, clock, &calm, &to_driver) {
                Ok(pump) => Inner::Opened(attempt, pump),
                Err(ending) => {
                    let ending = if calm.load(Ordering::Relaxed) {
                        Ending::Asked
                    } else {
                        ending
                    };
                    event(attempt, TunnelEvent::Ended(ending))
                }
            };
            // The driver is gone only when the process ends.
            let _ = to_driver.send(message);
        });
        Self {
            attempt,
            state: State::Dialling {
                cancel,
                supplied: None,
            },
            ends: None,
            away: None,
            will_look: false,
            mss,
        }
    }

    pub(crate) fn is(&self, attempt: Attempt) -> bool {
        self.attempt == attempt
    }

    /// The transport is connected; when the end was asked for meanwhile, it follows
    /// at once.
    pub(crate) fn opened(&mut self, pump: Pump) {
        if let State::Dialling { cancel, supplied } = &mut self.state {
            if let Some(credentials) = supplied.take() {
                pump.supply_credentials(credentials);
            }
            if cancel.load(Ordering::Relaxed) {
                pump.close("disconnected by the user");
            }
        }
        self.state = State::Running(pump);
    }

    pub(crate) fn supply(&mut self, username: String, password: Zeroizing<String>) {
        let credentials = Credentials { username, password };
        match &mut self.state {
            State::Dialling { supplied, .. } => *supplied = Some(credentials),
            State::Running(pump) => pump.supply_credentials(credentials),
        }
    }

    pub(crate) fn answer(&self, answer: ChallengeAnswer) {
        if let State::Running(pump) = &self.state {
            pump.answer_challenge(answer);
        }
    }

    pub(crate) fn attach(&self, device: OwnedFd, mtu: u16) {
        if let State::Running(pump) = &self.state {
            let fix = mss_fix(self.mss, mtu);
            pump.attach(TunIo::new(device, mtu).with_mss_fix(fix));
        }
    }

    pub(crate) fn close(&self) {
        match &self.state {
            State::Dialling { cancel, .. } => cancel.store(true, Ordering::Relaxed),
            State::Running(pump) => pump.close("disconnected by the user"),
        }
    }

    /// Between what the transport goes, from now on.
    pub(crate) const fn goes_between(&mut self, ends: Ends) {
        self.ends = Some(ends);
    }

    /// The network has changed: has the pump move, or give up, when the transport's way is not there any more, since
    /// nothing else would tell so for a minute. Looks once more [later](Tunnel::look_again), also where all is well: the
    /// route that keeps the peer out of the tunnel follows to another link a moment after the host's own.
    pub(crate) fn network_changed(&mut self, to_driver: &UnboundedSender<Inner>) {
        if self.keep_or_leave() && !self.will_look {
            self.look_later(to_driver);
        }
    }

    /// The time is up that a way may be away.
    pub(crate) fn look_again(&mut self, to_driver: &UnboundedSender<Inner>) {
        self.will_look = false;
        if self.keep_or_leave() && self.away.is_some() {
            self.look_later(to_driver);
        }
    }

    fn look_later(&mut self, to_driver: &UnboundedSender<Inner>) {
        self.will_look = true;
        let (attempt, to_driver) = (self.attempt, to_driver.clone());
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            // The driver is gone only when the process ends.
            let _ = to_driver.send(Inner::LookAgain(attempt));
        });
    }

    /// Leaves the transport's way if it is not there: at once where the address is gone, and where the route is if that stays
    /// away. Whether the way is kept.
    fn keep_or_leave(&mut self) -> bool {
        let (Some(ends), State::Running(pump)) = (self.ends, &self.state) else {
            return false;
        };
        let way = ends.look();
        if way == Way::Open {
            self.away = None;
            return true;
        }
        let since = self.away.get_or_insert_with(Instant::now);
        if way != Way::NoAddress && since.elapsed() < GRACE {
            return true;
        }
        let Ends { local, peer } = ends;
        match way {
            Way::OtherLink => tracing::info!("{peer} is reached by another link than {local}'s"),
            Way::NoRoute => tracing::info!("no route leads to {peer}"),
            Way::NoAddress | Way::Open => tracing::info!("the address {local} is gone"),
        }
        (self.ends, self.away) = (None, None);
        pump.roam();
        false
    }

    /// Bytes received and sent.
    pub(crate) fn traffic(&self) -> Option<(u64, u64)> {
        match &self.state {
            State::Dialling { .. } => None,
            State::Running(pump) => Some((pump.counters().received(), pump.counters().sent())),
        }
    }
}

const fn mss_fix((wanted, transport): (profile::MssFix, TransportKind), mtu: u16) -> MssFix {
    match wanted {
        profile::MssFix::Auto => MssFix::of_client(mtu, transport),
        profile::MssFix::Off => MssFix::Off,
        profile::MssFix::Payload(longest) => MssFix::Encapsulated(longest),
        profile::MssFix::Mtu(longest) => MssFix::Outside(longest),
        profile::MssFix::Fixed(longest) => MssFix::Inside(longest),
    }
}

fn connect(
    target: &Target,
    clock: Clock,
    cancel: &AtomicBool,
    to_driver: &UnboundedSender<Inner>,
) -> Result<Pump, Ending> {
    let attempt = target.attempt;
    let Some(server) = target.profile.servers.get(target.server) else {
        return Err(Ending::Local("the profile has no such server".to_owned()));
    };
    let begun = clock.now();
    let mut config = client_config(
        &target.profile,
        server,
        target.compat,
        target.private_key.as_deref(),
        target.can_be_asked,
    )?;
    // Where name and password are to be sent, the session goes no further without them.
    config.with_credentials |= target.is_probe;
    tracing::debug!("prepared in {:?}", clock.now().since(begun));
    let transport = match (&target.profile.proxy, config.transport) {
        (None, TransportKind::Tcp) => tcp(target, cancel, to_driver)?,
        (None, TransportKind::Udp) => udp(target, to_driver)?,
        (Some(proxy), TransportKind::Tcp) => {
            let passed = passage::tcp(target, server, proxy, cancel)?;
            report(attempt, passed, to_driver)
        }
        (Some(proxy), TransportKind::Udp) => {
            let passed = passage::udp(target, server, proxy, cancel)?;
            report(attempt, passed, to_driver)
        }
    };
    let session = Session::client(config, Box::new(SystemEntropy), clock.now(), clock.wall());
    tracing::debug!("session made {:?} after", clock.now().since(begun));
    let tell = to_driver.clone();
    Pump::start(transport, session, clock, move |happened| {
        if let Event::Reached { peer, local } = &happened {
            let (local, peer) = (local.ip(), *peer);
            let _ = tell.send(Inner::Between(attempt, Ends { local, peer }));
        }
        if let Some(happened) = translate(happened) {
            let _ = tell.send(event(attempt, happened));
        }
    })
    .map_err(|error| Ending::Local(format!("start the tunnel's thread: {error}")))
}

fn tcp(
    target: &Target,
    cancel: &AtomicBool,
    to_driver: &UnboundedSender<Inner>,
) -> Result<Transport, Ending> {
    let attempt = target.attempt;
    let (stream, address) = dial(&target.addresses, DIAL, cancel).map_err(|error| {
        let tried = error.tried.into_iter();
        Ending::Unreachable(tried.map(|(at, why)| (at, why.to_string())).collect())
    })?;
    let lost = |error: std::io::Error| Ending::TransportLost(error.to_string());
    let local = stream.local_addr().map_err(lost)?.ip();
    let transport = Transport::tcp(stream).map_err(lost)?;
    // The driver is gone only when the process ends.
    let _ = to_driver.send(event(attempt, TunnelEvent::Connected(address)));
    let ends = Ends {
        local,
        peer: address,
    };
    let _ = to_driver.send(Inner::Between(attempt, ends));
    Ok(transport)
}

/// What must stay reachable for the tunnel to live is the proxy.
fn report(attempt: Attempt, passed: Passed, to_driver: &UnboundedSender<Inner>) -> Transport {
    let (local, peer) = (passed.local.ip(), passed.next_hop);
    let _ = to_driver.send(event(attempt, TunnelEvent::Connected(peer)));
    let _ = to_driver.send(Inner::Between(attempt, Ends { local, peer }));
    passed.transport
}

/// UDP has no connection to wait for: the first address stands for all until the
/// pump says which one has answered.
fn udp(target: &Target, to_driver: &UnboundedSender<Inner>) -> Result<Transport, Ending> {
    let Some(first) = target.addresses.first() else {
        return Err(Ending::Unreachable(Vec::new()));
    };
    let _ = to_driver.send(event(target.attempt, TunnelEvent::Connected(*first)));
    Ok(Transport::udp(&target.addresses))
}

fn event(attempt: Attempt, event: TunnelEvent) -> Inner {
    Inner::Input(Input::Tunnel { attempt, event })
}

fn translate(event: Event) -> Option<TunnelEvent> {
    Some(match event {
        Event::Reached { peer, .. } => TunnelEvent::Connected(peer),
        Event::PeerAnswered => TunnelEvent::PeerAnswered,
        Event::TlsEstablished { version } => TunnelEvent::TlsEstablished {
            version: version.replace("TLSv", "TLS "),
        },
        Event::CredentialsWanted { renegotiation } => {
            TunnelEvent::CredentialsWanted { renegotiation }
        }
        Event::Pushed {
            reply,
            again: false,
        } => TunnelEvent::Pushed(reply),
        Event::Pushed { reply, again: true } => TunnelEvent::Reconfigured(reply),
        Event::TokenGiven(token) => TunnelEvent::TokenGiven(token),
        Event::SignInPending { timeout } => TunnelEvent::SignInPending { timeout },
        Event::SignInStep(step) => TunnelEvent::SignInStep(step),
        Event::CheckCredentials(_) => return None,
        Event::FirstData => TunnelEvent::FirstData,
        Event::Notice(notice) => TunnelEvent::Notice(notice),
        Event::Trouble(why) => TunnelEvent::Trouble(why),
        Event::Ended(ending) => TunnelEvent::Ended(match ending {
            spoke_tunnel::Ending::Asked | spoke_tunnel::Ending::Rejected => Ending::Asked,
            spoke_tunnel::Ending::Session(error) => Ending::Session(Box::new(error)),
            spoke_tunnel::Ending::Unreachable(tried) => {
                let tried = tried.into_iter();
                Ending::Unreachable(tried.map(|(at, why)| (at, why.to_string())).collect())
            }
            spoke_tunnel::Ending::Transport(why) => Ending::TransportLost(why),
            spoke_tunnel::Ending::Local(why) => Ending::Local(why),
        }),
    })
}

/// A second descriptor of the same device, so that it outlives the pump until the
/// host is restored.
pub(crate) fn second(device: &OwnedFd) -> std::io::Result<OwnedFd> {
    Ok(dup(device)?)
}
