use crate::driver::Inner;
use crate::prepare::client_config;
use nix::unistd::dup;
use spoke_engine::{Credentials, Session};
use spoke_profile::Profile;
use spoke_supervisor::{Attempt, Ending, Input, TunnelEvent};
use spoke_tunnel::{Clock, Event, Pump, SystemEntropy, Transport, TunIo, dial};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use zeroize::Zeroizing;

/// The supervisor gives up earlier; this only ends the thread.
const DIAL: Duration = Duration::from_secs(12);

/// The tunnel of the present attempt.
pub(crate) struct Tunnel {
    attempt: Attempt,
    state: State,
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
}

impl Tunnel {
    /// Begins to connect; the pump comes back as [`Inner::Opened`].
    pub(crate) fn open(target: Target, clock: Clock, to_driver: UnboundedSender<Inner>) -> Self {
        let cancel = Arc::new(AtomicBool::new(false));
        let attempt = target.attempt;
        let calm = Arc::clone(&cancel);
        tokio::task::spawn_blocking(move || {
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

    pub(crate) fn attach(&self, device: OwnedFd, mtu: u16) {
        if let State::Running(pump) = &self.state {
            pump.attach(TunIo::new(device, mtu));
        }
    }

    pub(crate) fn close(&self) {
        match &self.state {
            State::Dialling { cancel, .. } => cancel.store(true, Ordering::Relaxed),
            State::Running(pump) => pump.close("disconnected by the user"),
        }
    }

    /// Bytes received and sent.
    pub(crate) fn traffic(&self) -> Option<(u64, u64)> {
        match &self.state {
            State::Dialling { .. } => None,
            State::Running(pump) => Some((pump.counters().received(), pump.counters().sent())),
        }
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
    if target.profile.transport == spoke_profile::Transport::Udp {
        return Err(Ending::Local(
            "UDP is not supported; set the transport to tcp".to_owned(),
        ));
    }
    let begun = clock.now();
    let config = client_config(&target.profile, server, target.compat)?;
    tracing::debug!("prepared in {:?}", clock.now().since(begun));
    let (stream, address) = dial(&target.addresses, DIAL, cancel).map_err(|error| {
        let tried = error.tried.into_iter();
        Ending::Unreachable(tried.map(|(at, why)| (at, why.to_string())).collect())
    })?;
    let _ = to_driver.send(event(attempt, TunnelEvent::Connected(address)));
    let transport =
        Transport::tcp(stream).map_err(|error| Ending::TransportLost(error.to_string()))?;
    let session = Session::client(config, Box::new(SystemEntropy), clock.now(), clock.wall());
    tracing::debug!("session made {:?} after", clock.now().since(begun));
    let tell = to_driver.clone();
    Pump::start(transport, session, clock, move |happened| {
        if let Some(happened) = translate(happened) {
            let _ = tell.send(event(attempt, happened));
        }
    })
    .map_err(|error| Ending::Local(format!("start the tunnel's thread: {error}")))
}

fn event(attempt: Attempt, event: TunnelEvent) -> Inner {
    Inner::Input(Input::Tunnel { attempt, event })
}

fn translate(event: Event) -> Option<TunnelEvent> {
    Some(match event {
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
        // A new session token is the session's own business; other changes while
        // connected are rare and wait for the next connection.
        Event::Pushed { again: true, .. } | Event::CheckCredentials(_) => return None,
        Event::FirstData => TunnelEvent::FirstData,
        Event::Notice(text) => TunnelEvent::Notice(text),
        Event::Ended(ending) => TunnelEvent::Ended(match ending {
            spoke_tunnel::Ending::Asked | spoke_tunnel::Ending::Rejected => Ending::Asked,
            spoke_tunnel::Ending::Session(error) => Ending::Session(Box::new(error)),
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
