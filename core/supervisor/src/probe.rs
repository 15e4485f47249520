use crate::action::Action;
use crate::input::{Ending, TunnelEvent};
use crate::peer::{Attempt, Peer, Ticket};
use crate::problems;
use crate::reach;
use crate::stages::Stages;
use crate::timer::Step;
use crate::turn::Numbers;
use spoke_api::{Gateway, PrivateKey, ProbeReport, Problem, Response, Stage};
use spoke_moment::Moment;
use spoke_profile::{Profile, Server};
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a test may take: a person waits in front of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A test of a profile's gateways, one after the other until one gets as far as asking for
/// a sign-in. It has a tunnel without a device, and nothing of the host's.
pub(crate) struct Probe {
    pub(crate) attempt: Attempt,
    pub(crate) ticket: Ticket,
    pub(crate) peer: Peer,
    profile: Arc<Profile>,
    private_key: Option<Arc<PrivateKey>>,
    /// Place of the gateway that is being tried.
    server: usize,
    step: Step,
    stages: Stages,
    gateway: Option<Gateway>,
    connected: Option<(Moment, SocketAddr)>,
    /// Whether there is a tunnel that has not ended.
    open: bool,
    /// Whether the report was given.
    over: bool,
    /// When the test is to be over.
    end: Moment,
    /// The present gateway's share of the time, and when it has had it.
    share: (Duration, Moment),
    /// Why the gateways before this one were no good.
    before: Vec<String>,
}

/// What a probe needs while it handles one input.
pub(crate) struct Probing<'a> {
    pub(crate) now: Moment,
    pub(crate) actions: &'a mut VecDeque<Action>,
    pub(crate) numbers: &'a mut Numbers,
    /// Tunnels that are being closed.
    pub(crate) winding_down: &'a mut BTreeSet<Attempt>,
}

impl Probe {
    pub(crate) fn begin(
        turn: &mut Probing<'_>,
        ticket: Ticket,
        peer: Peer,
        profile: Profile,
        private_key: Option<PrivateKey>,
    ) -> Self {
        let mut probe = Self {
            attempt: turn.numbers.attempt(),
            ticket,
            peer,
            profile: Arc::new(profile),
            private_key: private_key.map(Arc::new),
            server: 0,
            step: Step::Resolving,
            stages: Stages::default(),
            gateway: None,
            connected: None,
            open: false,
            over: false,
            end: turn.now + PATIENCE,
            share: (PATIENCE, turn.now + PATIENCE),
            before: Vec::new(),
        };
        probe.try_server(turn);
        probe
    }

    /// Whether the report was given, or nobody wants it.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    /// When it takes too long.
    pub(crate) const fn deadline(&self) -> Moment {
        self.share.1
    }

    pub(crate) fn handle_timeout(&mut self, turn: &mut Probing<'_>) {
        let (share, until) = self.share;
        if until <= turn.now {
            let (host, name) = (self.host(), &self.profile.name);
            let problem = problems::too_slow(self.step, &host, name, share.as_secs());
            self.failed(turn, problem);
        }
    }

    pub(crate) fn resolved(
        &mut self,
        turn: &mut Probing<'_>,
        found: Result<Vec<SocketAddr>, String>,
    ) {
        let Some(server) = self.profile.servers.get(self.server) else {
            return;
        };
        if self.step != Step::Resolving {
            return;
        }
        match reach::usable(&self.profile, server, found) {
            Err(problem) => self.failed(turn, problem),
            Ok(addresses) => {
                let detail = reach::in_words(&addresses);
                self.stages.finish(turn.now, Stage::Resolve, detail);
                self.stages.begin(turn.now, Stage::Transport);
                self.step = Step::Connecting;
                self.open = true;
                turn.actions.push_back(Action::OpenProbe {
                    attempt: self.attempt,
                    profile: Arc::clone(&self.profile),
                    server: self.server,
                    addresses,
                    private_key: self.private_key.clone(),
                });
            }
        }
    }

    pub(crate) fn tunnel_event(&mut self, turn: &mut Probing<'_>, event: TunnelEvent) {
        if let TunnelEvent::Ended(ending) = event {
            self.open = false;
            self.ended(turn, ending);
            return;
        }
        match event {
            TunnelEvent::Connected(address) => {
                // Over UDP the one that answers may be another than the first.
                let since = self.connected.map_or(turn.now, |(since, _)| since);
                self.connected = Some((since, address));
                self.step = Step::Answer;
                if let Some(gateway) = &mut self.gateway {
                    gateway.address = Some(address);
                }
            }
            TunnelEvent::PeerAnswered => self.peer_answered(turn),
            TunnelEvent::TlsEstablished { version } => {
                let detail = format!("{version}, certificate ok");
                self.stages.finish(turn.now, Stage::Tls, detail);
                self.report(turn, None);
            }
            // A certificate needs no name and password, and nothing else is sent here.
            _ => {}
        }
    }

    /// Ends it without an answer.
    pub(crate) fn stop(&mut self, turn: &mut Probing<'_>) {
        self.over = true;
        self.leave_tunnel(turn);
    }

    /// Ends it with an answer other than a report.
    pub(crate) fn refuse(&mut self, turn: &mut Probing<'_>, problem: Problem) {
        turn.actions.push_back(Action::Answer {
            ticket: self.ticket,
            response: Response::Failed { problem },
        });
        self.stop(turn);
    }

    fn leave_tunnel(&mut self, turn: &mut Probing<'_>) {
        if self.open {
            self.open = false;
            turn.winding_down.insert(self.attempt);
            turn.actions.push_back(Action::CloseTunnel {
                attempt: self.attempt,
            });
        }
    }

    fn try_server(&mut self, turn: &mut Probing<'_>) {
        let Some(server) = self.profile.servers.get(self.server) else {
            let problem = problems::no_servers(&self.profile.name);
            self.report(turn, Some(problem));
            return;
        };
        let servers = self.profile.servers.len().saturating_sub(self.server);
        let left = self.end.since(turn.now);
        let share = u32::try_from(servers).map_or(Duration::ZERO, |servers| left / servers.max(1));
        self.share = (share, turn.now + share);
        self.attempt = turn.numbers.attempt();
        self.step = Step::Resolving;
        self.connected = None;
        self.stages = Stages::default();
        self.stages.begin(turn.now, Stage::Resolve);
        self.gateway = Some(Gateway {
            host: server.host.clone(),
            address: None,
            position: self.server,
            rtt_us: None,
        });
        turn.actions
            .push_back(reach::resolve(self.attempt, &self.profile, server));
    }

    fn peer_answered(&mut self, turn: &Probing<'_>) {
        let server = self.profile.servers.get(self.server);
        let (Some((since, address)), Some(server)) = (self.connected, server) else {
            return;
        };
        let micros = u64::try_from(turn.now.since(since).as_micros()).unwrap_or(u64::MAX);
        if let Some(gateway) = &mut self.gateway {
            gateway.rtt_us = Some(micros);
        }
        let detail = reach::way_in_words(&self.profile, server, address);
        self.stages.finish(turn.now, Stage::Transport, detail);
        self.stages.begin(turn.now, Stage::Tls);
        self.step = Step::Tls;
    }

    fn ended(&mut self, turn: &mut Probing<'_>, ending: Ending) {
        let problem = reach::ending_problem(&self.profile, &self.host(), self.step, ending);
        self.failed(turn, problem);
    }

    /// This gateway is no good: the next one is tried, where there is one.
    fn failed(&mut self, turn: &mut Probing<'_>, problem: Problem) {
        let stage = match self.step {
            Step::Resolving => Stage::Resolve,
            Step::Connecting | Step::Answer => Stage::Transport,
            _ => Stage::Tls,
        };
        self.stages.fail(turn.now, stage, problem.summary.clone());
        let is_last = self.server + 1 >= self.profile.servers.len();
        if is_last {
            self.report(turn, Some(problem));
            return;
        }
        self.leave_tunnel(turn);
        self.before.push(problem.summary);
        self.server += 1;
        self.try_server(turn);
    }

    fn report(&mut self, turn: &mut Probing<'_>, problem: Option<Problem>) {
        let before = std::mem::take(&mut self.before).into_iter();
        let with_before = |problem| {
            before.fold(problem, |problem: Problem, summary| {
                problem.detail(format!("before: {summary}"))
            })
        };
        let report = ProbeReport {
            stages: self.stages.reports(),
            gateway: self.gateway.clone(),
            problem: problem.map(with_before),
        };
        turn.actions.push_back(Action::Answer {
            ticket: self.ticket,
            response: Response::Probe {
                report: Box::new(report),
            },
        });
        self.stop(turn);
    }

    fn host(&self) -> String {
        let server: Option<&Server> = self.profile.servers.get(self.server);
        server.map_or_else(String::new, |server| server.host.clone())
    }
}
