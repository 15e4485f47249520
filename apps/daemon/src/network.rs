use crate::driver::Inner;
use crate::journal::JournalFile;
use crate::order::{Left, Order};
use crate::tunnel::second;
use ipnet::IpNet;
use spoke_api::{DnsMode, DnsState};
use spoke_host::{Host, HostError, Outcome, TunDevice};
use spoke_plan::{
    Change, DnsSetup, Lockdown, Notice, Planned, Policy, Pushed, Situation, Stage, Wanted, diff,
    interface_name, may_wait, plan, reaches_gateway, recover,
};
use spoke_supervisor::{Attempt, Input, PlanEvent};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, error::TryRecvError};

/// How long one change may take; the system bus can hang.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a connection of a former run may take to come back before its routes are taken
/// back too.
const RETURN: Duration = Duration::from_secs(30);

/// What has been changed, and how to get back.
pub(crate) struct Network {
    journal: JournalFile,
    applied: Wanted,
    /// The device with its name, kept alive until all else is taken back.
    device: Option<(String, OwnedFd)>,
    /// The attempt whose tunnel has the device.
    lent_to: Option<Attempt>,
    /// What the present setup was made for.
    asked: Option<Asked>,
    /// What alone may leave this computer.
    lockdown: Option<Lockdown>,
    /// Orders that came while a setup was being made, and do not call it off.
    put_off: VecDeque<Order>,
    to_driver: UnboundedSender<Inner>,
}

/// What a setup is made for.
#[derive(Clone)]
struct Asked {
    pushed: Pushed,
    policy: Policy,
    gateway: IpAddr,
}

/// Why a plan was not carried out.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Host(#[from] HostError),
    #[error(transparent)]
    Journal(#[from] crate::journal::JournalError),
    #[error("share the tunnel device: {0}")]
    Device(#[source] std::io::Error),
    #[error("{change}: no answer within {} s", PATIENCE.as_secs())]
    TooSlow { change: String },
    #[error("it was called off")]
    CalledOff,
}

impl Network {
    pub(crate) fn new(journal: JournalFile, to_driver: UnboundedSender<Inner>) -> Self {
        Self {
            journal,
            applied: Wanted::nothing(),
            device: None,
            lent_to: None,
            asked: None,
            lockdown: None,
            put_off: VecDeque::new(),
            to_driver,
        }
    }

    /// Takes back what the journal still holds: what a crashed run has left, or a
    /// change that failed half-way. Routes stay where the connection is to come back: what is
    /// meant for its tunnel goes nowhere else until then.
    ///
    /// # Errors
    /// What could not be taken back; it stays in the journal.
    pub(crate) async fn recover(&mut self, left: &Left) -> Result<(), String> {
        if self.journal.journal().is_empty() {
            return Ok(());
        }
        let text = |error: HostError| error.to_string();
        let host = Host::open().map_err(text)?;
        let view = host.view().await.map_err(text)?;
        let mut failed = None;
        let changes = recover(self.journal.journal(), &view);
        let waiting = match left.routes {
            true => may_wait(&changes),
            false => Vec::new(),
        };
        let locked = self.journal.journal().lockdown().cloned();
        let locked = locked.filter(|_| left.lockdown);
        let waits = |change: &Change| match change {
            Change::SetLockdown { .. } => left.lockdown,
            Change::RemoveRoute { route } => waiting.contains(route),
            _ => false,
        };
        for change in changes.into_iter().filter(|change| !waits(change)) {
            match host.apply(&change).await {
                Ok(outcome) => {
                    tracing::info!("left behind, taken back: {change}: {}", word(outcome));
                }
                Err(error) => {
                    tracing::error!("left behind: {error}");
                    failed.get_or_insert_with(|| error.to_string());
                }
            }
        }
        match failed {
            Some(why) => Err(why),
            None => {
                let kept = self.journal.keep_only(&waiting, left.lockdown);
                self.applied = Wanted::left_behind(waiting);
                self.take_over(&host, locked).await?;
                kept.map_err(|error| error.to_string())
            }
        }
    }

    /// Where the routes lead that a former run has left.
    pub(crate) fn left_behind(&self) -> Vec<IpNet> {
        self.applied
            .routes
            .iter()
            .map(|route| route.prefix)
            .collect()
    }

    /// Goes on with a lockdown of a former run. Nobody knows what was open for a moment when
    /// that ended.
    async fn take_over(&mut self, host: &Host, left: Option<Lockdown>) -> Result<(), String> {
        let Some(lockdown) = left.filter(|_| self.lockdown.is_none()) else {
            return Ok(());
        };
        let closed = Some(lockdown.closed());
        let change = Change::SetLockdown {
            from: Some(lockdown),
            to: closed.clone(),
        };
        let made = make(host, &change).await;
        self.applied.lockdown.clone_from(&closed);
        self.lockdown = closed;
        made.map_err(|trouble| trouble.to_string())
    }

    /// The first order there is. A connection that does not come back shall keep nobody from
    /// anything.
    async fn first(&mut self, orders: &mut UnboundedReceiver<Order>) -> Option<Order> {
        if !self.applied.routes.is_empty() {
            match tokio::time::timeout(RETURN, orders.recv()).await {
                Ok(order) => return order,
                Err(_) => self.let_go().await,
            }
        }
        orders.recv().await
    }

    /// Takes back what a former run has left, unless a connection has taken it over.
    async fn let_go(&mut self) {
        if self.device.is_none()
            && let Err(why) = self.undo().await
        {
            tracing::error!("what a former run has left: {why}");
        }
    }

    /// Has the lockdown as it is wanted, around the device that there is.
    async fn lock_down(&mut self, host: &Host) -> Result<(), Trouble> {
        let device = self.device.as_ref().map(|(name, _)| name.as_str());
        let goal = Wanted {
            lockdown: self.lockdown.as_ref().map(|it| it.around(device)),
            ..self.applied.clone()
        };
        self.change_to(host, &goal).await
    }

    /// The same, by order.
    async fn lock(&mut self, lockdown: Option<Lockdown>) {
        self.lockdown = lockdown;
        let done = match Host::open() {
            Ok(host) => match self.begin(&host).await {
                Ok(()) => self.lock_down(&host).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error.into()),
        };
        if let Err(trouble) = done {
            tracing::error!("lockdown: {trouble}");
            self.send(Inner::Input(Input::NotLocked(trouble.to_string())));
        }
    }

    /// Notes the boot that the next changes belong to.
    async fn begin(&mut self, host: &Host) -> Result<(), Trouble> {
        let view = host.view().await?;
        self.journal.begin(&view.boot_id);
        Ok(())
    }

    /// Carries out orders, one after the other, until there are no more.
    pub(crate) async fn run(mut self, mut orders: UnboundedReceiver<Order>) {
        let mut next = self.first(&mut orders).await;
        while let Some(order) = next.take() {
            match order {
                Order::Apply {
                    attempt,
                    pushed,
                    policy,
                    gateway,
                } => {
                    let result = self
                        .apply(attempt, &pushed, &policy, gateway, &mut orders, &mut next)
                        .await;
                    match result {
                        Ok(()) => {}
                        Err(Trouble::CalledOff) => tracing::info!("network setup called off"),
                        Err(trouble) => {
                            tracing::error!("network setup: {trouble}");
                            self.tell(attempt, PlanEvent::Failed(trouble.to_string()));
                        }
                    }
                }
                Order::Keep { attempt } => {
                    let changed = self.keep(attempt).await.unwrap_or_else(|trouble| {
                        tracing::error!("the network could not be set again: {trouble}");
                        self.tell(attempt, PlanEvent::NotSetAgain(trouble.to_string()));
                        true
                    });
                    self.tell(attempt, PlanEvent::Kept { changed });
                }
                Order::Lead { attempt, gateways } => {
                    let event = match self.lead(&gateways).await {
                        Ok(()) => PlanEvent::Led,
                        Err(trouble) => {
                            tracing::error!("the way to the gateway: {trouble}");
                            PlanEvent::Failed(trouble.to_string())
                        }
                    };
                    self.tell(attempt, event);
                }
                Order::LetGo => self.let_go().await,
                Order::LockDown(lockdown) => self.lock(lockdown).await,
                // Who wanted to know may be gone.
                Order::Tell(done) => drop(done.send(())),
                Order::Undo => {
                    let result = self.undo().await;
                    self.send(Inner::Input(Input::Restored(result)));
                }
            }
            if next.is_none() {
                next = self.put_off.pop_front();
            }
            if next.is_none() {
                next = orders.recv().await;
            }
        }
    }

    async fn apply(
        &mut self,
        attempt: Attempt,
        pushed: &Pushed,
        policy: &Policy,
        gateway: IpAddr,
        orders: &mut UnboundedReceiver<Order>,
        next: &mut Option<Order>,
    ) -> Result<(), Trouble> {
        let host = Host::open()?;
        let view = host.view().await?;
        self.journal.begin(&view.boot_id);
        // Settings that come while the tunnel is up, or of the next tunnel of the same
        // connection, are for the device that there is.
        if self.device.is_none() {
            let device = TunDevice::open(&interface_name(&view))?;
            let name = device.name().to_owned();
            self.device = Some((name, device.into()));
        }
        let Some((name, device)) = &self.device else {
            return Ok(());
        };
        let policy = &self.locking(policy);
        let planned = plan(&Situation {
            view: &view,
            policy,
            pushed,
            interface: name,
            gateway: Some(gateway),
            applied: &self.applied,
        });
        for notice in planned.notices {
            self.tell(attempt, PlanEvent::Notice(Box::new(notice)));
        }
        let goal = planned.wanted;
        let mtu = goal.interface.as_ref().map_or(1500, |device| device.mtu);
        let had = self.applied.interface.as_ref().map(|device| device.mtu);
        let is_new = self.lent_to != Some(attempt);
        let mut lent = match is_new || had != Some(mtu) {
            true => Some(second(device).map_err(Trouble::Device)?),
            false => None,
        };
        self.lent_to = Some(attempt);
        self.asked = Some(Asked {
            pushed: pushed.clone(),
            policy: policy.clone(),
            gateway,
        });
        let mut stage = Stage::Interface;
        let changes = diff(&self.applied, &goal);
        self.journal.record_routes(&changes)?;
        for change in changes {
            while stage < change.stage() {
                stage = self.finished(attempt, stage, &goal, gateway, &mut lent, mtu);
            }
            // What can come now is to undo, other settings, or nothing ever again.
            match orders.try_recv() {
                Err(TryRecvError::Empty) => {}
                Ok(order @ (Order::LockDown(_) | Order::Tell(_))) => self.put_off.push_back(order),
                other => {
                    *next = other.ok();
                    return Err(Trouble::CalledOff);
                }
            }
            self.journal.record(&change)?;
            make(&host, &change).await?;
            self.applied.note(&change, &goal);
            self.journal.confirm(&change);
        }
        self.journal.catch_up()?;
        while stage < Stage::Dns {
            stage = self.finished(attempt, stage, &goal, gateway, &mut lent, mtu);
        }
        self.finished(attempt, stage, &goal, gateway, &mut lent, mtu);
        Ok(())
    }

    /// Reports a stage as done; answers the one after it.
    fn finished(
        &self,
        attempt: Attempt,
        stage: Stage,
        goal: &Wanted,
        gateway: IpAddr,
        lent: &mut Option<OwnedFd>,
        mtu: u16,
    ) -> Stage {
        match stage {
            Stage::Interface => {
                if let Some(device) = lent.take() {
                    self.send(Inner::Device(attempt, device, mtu));
                }
                if let Some(interface) = &goal.interface {
                    self.tell(
                        attempt,
                        PlanEvent::InterfaceReady {
                            interface: interface.name.clone(),
                            addresses: interface.addresses.iter().copied().collect(),
                            mtu: interface.mtu,
                        },
                    );
                }
                Stage::Routes
            }
            Stage::Routes => {
                let past_it = |net: &ipnet::IpNet| net.addr() != gateway;
                self.tell(
                    attempt,
                    PlanEvent::RoutesReady {
                        routes: goal.tunnelled().collect(),
                        excluded: goal.bypassed().filter(past_it).collect(),
                    },
                );
                Stage::Dns
            }
            Stage::Dns => {
                let dns = goal.dns.as_ref().map(dns_state);
                self.tell(attempt, PlanEvent::DnsReady { dns });
                Stage::Dns
            }
        }
    }

    /// Leads the way to the gateways past the setup that stands without a tunnel, on the
    /// links that there are now.
    async fn lead(&mut self, gateways: &[IpAddr]) -> Result<(), Trouble> {
        let (Some((name, _)), Some(Asked { pushed, policy, .. })) = (&self.device, &self.asked)
        else {
            return Ok(());
        };
        let host = Host::open()?;
        let view = host.view().await?;
        let mut policy = self.locking(policy);
        policy
            .exclude
            .extend(gateways.iter().copied().map(IpNet::from));
        let goal = plan(&Situation {
            view: &view,
            policy: &policy,
            pushed,
            interface: name,
            gateway: gateways.first().copied(),
            applied: &self.applied,
        })
        .wanted;
        self.change_to(&host, &goal).await
    }

    /// Sets again what another program has taken away, and what the host calls for by now:
    /// answers whether there was anything to do.
    async fn keep(&mut self, attempt: Attempt) -> Result<bool, Trouble> {
        let (Some((name, _)), Some(asked)) = (&self.device, &self.asked) else {
            return Ok(false);
        };
        let host = Host::open()?;
        let view = host.view().await?;
        let (standing, lost) = self.applied.standing(&view);
        let situation = Situation {
            view: &view,
            policy: &self.locking(&asked.policy),
            pushed: &asked.pushed,
            interface: name,
            gateway: Some(asked.gateway),
            applied: &standing,
        };
        // Between two networks there is nothing to go by; the next one is another change.
        if !reaches_gateway(&situation) {
            return Ok(false);
        }
        let Planned { wanted, notices } = plan(&situation);
        let gateway = asked.gateway;
        if diff(&standing, &wanted).is_empty() {
            return Ok(false);
        }
        self.applied = standing;
        self.change_to(&host, &wanted).await?;
        let lost = lost.into_iter().map(Notice::SetAgain);
        for notice in lost.chain(notices) {
            tracing::warn!("{notice}");
            self.tell(attempt, PlanEvent::Notice(Box::new(notice)));
        }
        for stage in [Stage::Routes, Stage::Dns] {
            self.finished(attempt, stage, &wanted, gateway, &mut None, 0);
        }
        Ok(true)
    }

    /// What the profile asks, with the lockdown that there is to be.
    fn locking(&self, policy: &Policy) -> Policy {
        Policy {
            lockdown: self.lockdown.clone(),
            ..policy.clone()
        }
    }

    async fn change_to(&mut self, host: &Host, goal: &Wanted) -> Result<(), Trouble> {
        for change in diff(&self.applied, goal) {
            self.journal.record(&change)?;
            make(host, &change).await?;
            self.applied.note(&change, goal);
            self.journal.confirm(&change);
        }
        Ok(self.journal.catch_up()?)
    }

    /// Takes everything back, as much of it as can be.
    async fn undo(&mut self) -> Result<(), String> {
        let end = Wanted::only(self.lockdown.as_ref().map(|it| it.around(None)));
        let changes = diff(&self.applied, &end);
        let mut failed = None;
        if !changes.is_empty() {
            match Host::open() {
                Ok(host) => {
                    for change in changes {
                        if let Err(trouble) = self.undo_one(&host, &change, &end).await {
                            tracing::error!("network restoration: {trouble}");
                            failed.get_or_insert_with(|| trouble.to_string());
                        }
                    }
                }
                Err(error) => failed = Some(error.to_string()),
            }
        }
        // The device takes its addresses and routes along.
        self.device = None;
        self.lent_to = None;
        self.asked = None;
        self.applied = std::mem::take(&mut self.applied).device_closed();
        if failed.is_none() {
            // A change that failed half-way was never noted as applied; the journal knows it.
            let left = Left {
                routes: false,
                lockdown: self.lockdown.is_some(),
            };
            failed = self.recover(&left).await.err();
        }
        let lasting = !self.journal.journal().is_empty();
        match failed {
            Some(why) if lasting => Err(why),
            _ => {
                let stays = end.lockdown.is_some();
                self.applied = end;
                self.journal
                    .keep_only(&[], stays)
                    .map_err(|error| error.to_string())
            }
        }
    }

    async fn undo_one(
        &mut self,
        host: &Host,
        change: &Change,
        end: &Wanted,
    ) -> Result<(), Trouble> {
        make(host, change).await?;
        self.applied.note(change, end);
        self.journal.confirm(change);
        Ok(())
    }

    fn tell(&self, attempt: Attempt, event: PlanEvent) {
        self.send(Inner::Input(Input::Plan { attempt, event }));
    }

    fn send(&self, message: Inner) {
        // The driver is gone only when the process ends.
        let _ = self.to_driver.send(message);
    }
}

async fn make(host: &Host, change: &Change) -> Result<(), Trouble> {
    match tokio::time::timeout(PATIENCE, host.apply(change)).await {
        Ok(outcome) => {
            let outcome = outcome?;
            tracing::debug!("{change}: {}", word(outcome));
            Ok(())
        }
        Err(_) => Err(Trouble::TooSlow {
            change: change.to_string(),
        }),
    }
}

fn dns_state(setup: &DnsSetup) -> DnsState {
    DnsState {
        mode: match setup.mode {
            spoke_plan::DnsMode::Split => DnsMode::Split,
            spoke_plan::DnsMode::Full | spoke_plan::DnsMode::Beside => DnsMode::Full,
        },
        servers: setup.servers.clone(),
        suffixes: setup.suffixes.clone(),
        manager: setup.mechanism.word().to_owned(),
    }
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::AlreadySo => "was so already",
        Outcome::NotOurs => "left alone, it is not Spoke's any more",
    }
}
