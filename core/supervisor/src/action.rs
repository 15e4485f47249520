use crate::habits::Habits;
use crate::intent::Intent;
use crate::peer::{Attempt, ClientId, Ticket};
use spoke_api::{PrivateKey, ProxyPassword, Response, State, Update};
use spoke_plan::{Lockdown, Policy, Pushed};
use spoke_profile::Profile;
use spoke_wire::ChallengeAnswer;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the supervisor wants done.
#[derive(Debug)]
pub enum Action {
    /// Answer a request.
    Answer {
        /// Which.
        ticket: Ticket,
        /// With this.
        response: Response,
    },
    /// Send this to one client.
    Tell {
        /// Which.
        client: ClientId,
        /// What.
        update: Update,
    },
    /// The state from now on: to every subscriber, each seeing what it may.
    Publish(Box<State>),
    /// Begin sending states to this client, the present one at once.
    AddSubscriber {
        /// Which.
        client: ClientId,
        /// Also those in which nothing but the traffic has changed.
        traffic: bool,
    },
    /// Find the addresses of a gateway; answered by [`Input::Resolved`](crate::Input::Resolved).
    Resolve {
        /// Number of the attempt.
        attempt: Attempt,
        /// Host name, or address.
        host: String,
        /// Port.
        port: u16,
        /// Put a random label before the name.
        random_label: bool,
    },
    /// Connect to one of the addresses and speak OpenVPN over it. There is never
    /// more than one tunnel but for tests: the next is opened only after the last one's
    /// [`TunnelEvent::Ended`](crate::TunnelEvent::Ended).
    OpenTunnel {
        /// Number of the attempt.
        attempt: Attempt,
        /// The profile, for its secret, its server check and the host's name.
        profile: Arc<Profile>,
        /// Which of its servers.
        server: usize,
        /// Where to find it, in order of preference.
        addresses: Vec<SocketAddr>,
        /// Describe this client in the key exchange as the stock client describes
        /// itself: a gateway closed the connection on the ordinary description.
        compat: bool,
        /// Key of the profile's client certificate.
        private_key: Option<Arc<PrivateKey>>,
        /// Whether there is somebody who could answer further questions of the gateway.
        can_be_asked: bool,
        /// For the user whom the profile's proxy names.
        proxy_password: Option<Arc<ProxyPassword>>,
    },
    /// Connect likewise, beside whatever else is open, to test a gateway: name and password
    /// are wanted in any case, and never come.
    OpenProbe {
        /// Number of the attempt.
        attempt: Attempt,
        /// The profile, which need not be anybody's connection.
        profile: Arc<Profile>,
        /// Which of its servers.
        server: usize,
        /// Where to find it, in order of preference.
        addresses: Vec<SocketAddr>,
        /// Key of the profile's client certificate.
        private_key: Option<Arc<PrivateKey>>,
    },
    /// Hand name and password to the session.
    SupplyCredentials {
        /// Number of the attempt.
        attempt: Attempt,
        /// The name.
        username: String,
        /// The token or password.
        password: Zeroizing<String>,
    },
    /// Answer a question that came as
    /// [`TunnelEvent::SignInStep`](crate::TunnelEvent::SignInStep).
    AnswerChallenge {
        /// Number of the attempt.
        attempt: Attempt,
        /// The answer.
        answer: ChallengeAnswer,
    },
    /// End the tunnel, telling the gateway; answered by
    /// [`TunnelEvent::Ended`](crate::TunnelEvent::Ended) within seconds.
    CloseTunnel {
        /// Number of the attempt.
        attempt: Attempt,
    },
    /// Keep this in the place of what was known of gateways before.
    KeepHabits(Habits),
    /// Keep this wish in the place of the one before.
    KeepIntent(Option<Intent>),
    /// Set up the host's network for the tunnel, or change it to these settings while
    /// it stands; answered by [`Input::Plan`](crate::Input::Plan).
    ApplyPlan {
        /// Number of the attempt.
        attempt: Attempt,
        /// What the gateway asks for.
        pushed: Box<Pushed>,
        /// What the profile asks for.
        policy: Box<Policy>,
        /// The gateway, which must stay reachable outside the tunnel.
        gateway: SocketAddr,
    },
    /// Look whether what the last plan has set still stands, and whether the host calls for
    /// more by now; set what is missing; answered by [`PlanEvent::Kept`](crate::PlanEvent::Kept).
    KeepPlan {
        /// Number of the attempt.
        attempt: Attempt,
    },
    /// While the network of the last plan stands without a tunnel: lead the way to these
    /// addresses past it; answered by [`PlanEvent::Led`](crate::PlanEvent::Led) or
    /// [`PlanEvent::Failed`](crate::PlanEvent::Failed).
    LeadPast {
        /// Number of the attempt.
        attempt: Attempt,
        /// Where the gateway may be, the likeliest first.
        gateways: Vec<IpAddr>,
    },
    /// Let nothing leave this computer but what this says, around the tunnel device that there
    /// is; with none, everything. It stays through all plans and their undo; what is asked for
    /// after it is done after it. A failure is told as [`Input::NotLocked`](crate::Input::NotLocked).
    LockDown(Option<Lockdown>),
    /// Take back all that was applied, or is being applied; answered by
    /// [`Input::Restored`](crate::Input::Restored).
    UndoPlan,
    /// Everything is down: end the process.
    Exit,
    /// Nothing is connected; end the process, for a newer program to be started.
    MakeRoom,
}
