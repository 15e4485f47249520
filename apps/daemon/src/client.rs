use crate::log::OwnedLine;
use crate::outgoing::{Outbox, Outgoing};
use bytes::BytesMut;
use spoke_api::{
    API_VERSION, ClientMessage, DaemonMessage, Hello, LogLine, Request, State, Traffic, Update,
    frame::{self, FrameError},
};
use spoke_supervisor::{ClientId, Peer, permission};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::timeout;

/// How long a client may take to introduce itself.
const HELLO: Duration = Duration::from_secs(5);
/// How long a client may take to read one message.
const READING: Duration = Duration::from_secs(30);

/// What comes from clients.
#[derive(Debug)]
pub(crate) enum FromClient {
    /// It has introduced itself.
    Came(ClientId, Outbox),
    /// It asks.
    Asks {
        /// Who.
        client: ClientId,
        /// By the kernel's word.
        peer: Peer,
        /// Its number.
        id: u64,
        /// What.
        request: Request,
    },
    /// Its socket is closed.
    Gone(ClientId),
}

/// Why a client's socket was closed.
#[derive(Debug, thiserror::Error)]
enum Parting {
    #[error("it closed the socket")]
    Closed,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("it did not introduce itself within 5 s")]
    Silent,
    #[error("it speaks version {0} of the local API, this daemon {API_VERSION}")]
    Version(u32),
    #[error("it does not read what is sent to it")]
    Deaf,
    #[error("the daemon ends")]
    Ending,
}

/// Serves one client until either side closes the socket.
pub(crate) async fn serve(
    client: ClientId,
    peer: Peer,
    socket: UnixStream,
    to_driver: mpsc::Sender<FromClient>,
    states: watch::Receiver<State>,
) {
    let (reader, writer) = socket.into_split();
    let (outbox, outgoing) = Outbox::new();
    let parting = converse(
        client, peer, reader, writer, &to_driver, outbox, outgoing, states,
    )
    .await;
    match parting {
        Parting::Closed | Parting::Ending => tracing::debug!("client {}: {parting}", client.0),
        Parting::Io(_) => tracing::debug!("client {}: {parting}", client.0),
        _ => tracing::warn!(
            "closed the socket of process {} (user {}): {parting}",
            peer.pid,
            peer.uid
        ),
    }
    // The driver is gone only when the daemon ends.
    let _ = to_driver.send(FromClient::Gone(client)).await;
}

#[expect(
    clippy::too_many_arguments,
    reason = "the two halves of one task, called once"
)]
async fn converse(
    client: ClientId,
    peer: Peer,
    mut reader: OwnedReadHalf,
    mut writer: OwnedWriteHalf,
    to_driver: &mpsc::Sender<FromClient>,
    outbox: Outbox,
    outgoing: mpsc::Receiver<Outgoing>,
    states: watch::Receiver<State>,
) -> Parting {
    let mut input = BytesMut::new();
    let greeting = async {
        let hello = Hello {
            api: API_VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        send(&mut writer, &hello).await?;
        receive::<Hello>(&mut reader, &mut input).await
    };
    match timeout(HELLO, greeting).await {
        Err(_) => return Parting::Silent,
        Ok(Err(parting)) => return parting,
        Ok(Ok(hello)) if hello.api != API_VERSION => return Parting::Version(hello.api),
        Ok(Ok(_)) => {}
    }
    if to_driver
        .send(FromClient::Came(client, outbox))
        .await
        .is_err()
    {
        return Parting::Ending;
    }
    tokio::select! {
        parting = listen(client, peer, &mut reader, input, to_driver) => parting,
        parting = speak(peer, &mut writer, outgoing, states) => parting,
    }
}

async fn listen(
    client: ClientId,
    peer: Peer,
    reader: &mut OwnedReadHalf,
    mut input: BytesMut,
    to_driver: &mpsc::Sender<FromClient>,
) -> Parting {
    loop {
        let ClientMessage { id, request } = match receive(reader, &mut input).await {
            Ok(message) => message,
            Err(parting) => return parting,
        };
        let asks = FromClient::Asks {
            client,
            peer,
            id,
            request,
        };
        if to_driver.send(asks).await.is_err() {
            return Parting::Ending;
        }
    }
}

async fn speak(
    peer: Peer,
    writer: &mut OwnedWriteHalf,
    mut outgoing: mpsc::Receiver<Outgoing>,
    mut states: watch::Receiver<State>,
) -> Parting {
    let mut subscription: Option<Subscription> = None;
    let mut log: Option<broadcast::Receiver<OwnedLine>> = None;
    loop {
        let message = tokio::select! {
            biased;
            next = outgoing.recv() => match next {
                Some(Outgoing::Response(id, response)) => DaemonMessage::Response { id, response },
                Some(Outgoing::Update(update)) => DaemonMessage::Update { update: *update },
                Some(Outgoing::States { traffic }) => {
                    let state = permission::visible(&states.borrow_and_update(), peer);
                    subscription = Some(Subscription::begin(traffic, &state));
                    state_update(state)
                }
                Some(Outgoing::Log(receiver)) => {
                    log = Some(receiver);
                    continue;
                }
                // The driver lets a client go by dropping its outbox.
                None => return Parting::Deaf,
            },
            changed = states.changed(), if subscription.is_some() => {
                if changed.is_err() {
                    return Parting::Ending;
                }
                let state = permission::visible(&states.borrow_and_update(), peer);
                let wanted = subscription.as_mut().is_some_and(|one| one.wants(&state));
                if !wanted {
                    continue;
                }
                state_update(state)
            }
            line = next_line(&mut log, peer) => DaemonMessage::Update {
                update: Update::Log { line },
            },
        };
        match timeout(READING, send(writer, &message)).await {
            Ok(Ok(())) => {}
            Ok(Err(parting)) => return parting,
            Err(_) => return Parting::Deaf,
        }
    }
}

/// What a client wants to be told of.
struct Subscription {
    /// The last state that it was sent, but for the traffic; none when it wants all.
    still: Option<State>,
}

impl Subscription {
    fn begin(traffic: bool, first: &State) -> Self {
        Self {
            still: (!traffic).then(|| without_traffic(first)),
        }
    }

    /// Whether a state is news.
    fn wants(&mut self, state: &State) -> bool {
        let Some(before) = &mut self.still else {
            return true;
        };
        let now = without_traffic(state);
        let is_news = now != *before;
        *before = now;
        is_news
    }
}

fn without_traffic(state: &State) -> State {
    let mut state = state.clone();
    if let Some(connection) = &mut state.connection {
        connection.traffic = Traffic::default();
    }
    state
}

fn state_update(state: State) -> DaemonMessage {
    DaemonMessage::Update {
        update: Update::State {
            state: Box::new(state),
        },
    }
}

async fn next_line(log: &mut Option<broadcast::Receiver<OwnedLine>>, peer: Peer) -> LogLine {
    let Some(receiver) = log else {
        return std::future::pending().await;
    };
    loop {
        match receiver.recv().await {
            Ok(line) => match line.for_peer(peer) {
                Some(line) => return line,
                None => continue,
            },
            // Lines that came too fast for this client are left out.
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
        }
    }
}

async fn send<T: serde::Serialize>(
    writer: &mut OwnedWriteHalf,
    message: &T,
) -> Result<(), Parting> {
    let mut frame = BytesMut::new();
    frame::encode(message, &mut frame)?;
    writer.write_all(&frame).await?;
    Ok(())
}

async fn receive<T: serde::de::DeserializeOwned>(
    reader: &mut OwnedReadHalf,
    input: &mut BytesMut,
) -> Result<T, Parting> {
    loop {
        if let Some(message) = frame::decode(input)? {
            if input.is_empty() {
                // Does not keep the room of a large message, nor what was in it.
                *input = BytesMut::new();
            }
            return Ok(message);
        }
        if reader.read_buf(input).await? == 0 {
            return Err(Parting::Closed);
        }
    }
}
