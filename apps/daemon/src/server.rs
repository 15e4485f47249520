use crate::client::{self, FromClient};
use crate::driver::{Driver, Ending};
use crate::error::StartError;
use crate::guests::Guests;
use crate::habits::HabitsFile;
use crate::intent::IntentFile;
use crate::journal::JournalFile;
use crate::listener;
use crate::log::Log;
use crate::network::Network;
use crate::options::Options;
use crate::order::Left;
use crate::policy::PolicyFile;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use spoke_api::State;
use spoke_supervisor::{ClientId, Peer};
use std::cell::RefCell;
use std::rc::Rc;
use tokio::net::UnixListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

/// Requests of all clients that may wait for the driver; beyond it clients wait.
const REQUESTS: usize = 64;
/// Most descriptors that are asked for: enough for the sockets of hundreds of users, where
/// systemd gives a service 1,024 unless it asks.
const DESCRIPTORS: u64 = 65_536;

/// Recovers, listens, and serves until it is told to end.
pub(crate) async fn serve(options: &Options, log: Log) -> Result<Ending, StartError> {
    make_room();
    let _lock = listener::lock(&options.state_dir)?;
    let mut term = ending_signal(SignalKind::terminate())?;
    let mut interrupt = ending_signal(SignalKind::interrupt())?;
    let successor = ending_signal(SignalKind::hangup())?;

    let (to_driver, from_inside) = mpsc::unbounded_channel();
    let journal = JournalFile::open(&options.state_dir)?;
    let mut network = Network::new(journal, to_driver.clone());
    let intent = IntentFile::new(&options.state_dir);
    network
        .recover(&Left::by(intent.load().as_ref()))
        .await
        .map_err(StartError::Recovery)?;

    let listener = listener::listen(&options.socket)?;
    let (orders, orders_in) = mpsc::unbounded_channel();
    let (states, states_out) = watch::channel(State::default());
    let (to_clients_side, from_clients) = mpsc::channel(REQUESTS);
    let habits = HabitsFile::new(&options.state_dir);
    let inside = (to_driver, from_inside);
    let policy = PolicyFile::new(options.policy.clone());
    let driver = Driver::new(states, orders, inside, habits, intent, policy, log)
        .with_routes_left(network.left_behind());
    tracing::info!(
        "spoked {} listens on {}",
        env!("CARGO_PKG_VERSION"),
        options.socket.display()
    );
    // Without systemd there is nobody to notify.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);

    tokio::task::spawn_blocking(gather_entropy);
    let local = tokio::task::LocalSet::new();
    local.spawn_local(accept(listener, to_clients_side, states_out));
    local.spawn_local(network.run(orders_in));
    let stop = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let ending = local
        .run_until(driver.run(from_clients, stop, successor))
        .await;
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    let _ = std::fs::remove_file(&options.socket);
    Ok(ending)
}

/// Asks for as many descriptors as the system lets this process have.
fn make_room() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        let wanted = soft.max(hard.min(DESCRIPTORS));
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard)
    });
    if let Err(error) = raised {
        tracing::warn!("no room for more clients: {error}");
    }
}

/// The cryptographic library gathers the entropy of its first random numbers for a
/// tenth of a second; that is done before anyone waits to be connected.
fn gather_entropy() {
    let mut unused = [0; 32];
    if spoke_engine::provider()
        .secure_random
        .fill(&mut unused)
        .is_err()
    {
        tracing::error!("the cryptographic library has no random numbers");
    }
}

fn ending_signal(kind: SignalKind) -> Result<Signal, StartError> {
    signal(kind).map_err(StartError::Runtime)
}

/// Lets clients in, a bounded number for each user.
async fn accept(
    listener: UnixListener,
    to_driver: mpsc::Sender<FromClient>,
    states: watch::Receiver<State>,
) {
    let guests: Rc<RefCell<Guests>> = Rc::default();
    let mut last = 0_u64;
    loop {
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(error) => {
                // Out of descriptors: the next one may have to wait for one to close.
                tracing::warn!("accept a client: {error}");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                continue;
            }
        };
        let peer = match socket.peer_cred() {
            Ok(cred) => Peer {
                uid: cred.uid(),
                gid: cred.gid(),
                pid: cred.pid().unwrap_or(0),
            },
            Err(error) => {
                tracing::warn!("a client without credentials was turned away: {error}");
                continue;
            }
        };
        if let Err(full) = guests.borrow_mut().enter(peer.uid) {
            tracing::warn!("a client was turned away: {full}");
            continue;
        }
        last += 1;
        let client = ClientId(last);
        let (to_driver, states, guests) = (to_driver.clone(), states.clone(), Rc::clone(&guests));
        tokio::task::spawn_local(async move {
            client::serve(client, peer, socket, to_driver, states).await;
            guests.borrow_mut().leave(peer.uid);
        });
    }
}
