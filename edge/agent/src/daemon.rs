use bytes::BytesMut;
use spoke_api::{
    API_VERSION, ClientMessage, DaemonMessage, Hello, Problem, ProblemCode, Request, Response,
    Update, frame,
};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use zeroize::Zeroizing;

/// How long the daemon may take for its first message.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// The asking end of a connection to the daemon. Clones share the connection,
/// which closes when the last of them and the [`Updates`] are gone.
#[derive(Clone)]
pub struct DaemonClient {
    shared: Arc<Shared>,
}

/// The listening end: what the daemon sends unasked.
pub struct Updates {
    incoming: mpsc::UnboundedReceiver<Update>,
    _shared: Arc<Shared>,
}

struct Shared {
    daemon: Hello,
    frames: mpsc::UnboundedSender<Zeroizing<Vec<u8>>>,
    pending: Arc<Mutex<Pending>>,
    reader: AbortHandle,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

#[derive(Default)]
struct Pending {
    last: u64,
    closed: bool,
    waiting: BTreeMap<u64, oneshot::Sender<Response>>,
}

impl DaemonClient {
    /// Connects to the daemon's socket and exchanges [`Hello`]s; `version` is
    /// that of the calling program.
    ///
    /// # Errors
    /// [`ProblemCode::DaemonUnavailable`] when no daemon of this API version
    /// answers, [`ProblemCode::NotPermitted`] when the socket may not be opened.
    pub async fn connect(socket: &Path, version: &str) -> Result<(Self, Updates), Problem> {
        let stream = UnixStream::connect(socket)
            .await
            .map_err(|error| unreachable(socket, &error))?;
        let mut connection = Connection::new(stream);
        let hello = Hello {
            api: API_VERSION,
            version: version.to_owned(),
        };
        let daemon = tokio::time::timeout(HELLO_TIMEOUT, connection.greet(&hello))
            .await
            .map_err(|_| not_speaking(socket, "it sent nothing within 5 s"))?
            .map_err(|error| not_speaking(socket, &error.to_string()))?;
        if daemon.api != API_VERSION {
            return Err(version_mismatch(&hello, &daemon));
        }
        let Connection {
            reader,
            writer,
            buffer,
        } = connection;
        let pending = Arc::new(Mutex::new(Pending::default()));
        let (updates, incoming) = mpsc::unbounded_channel();
        // A request whose future is dropped half-way must not leave half a frame
        // on the socket: a task of its own writes whole ones.
        let (frames, outgoing) = mpsc::unbounded_channel();
        tokio::spawn(write_on(writer, outgoing));
        let reader = tokio::spawn(read_on(reader, buffer, Arc::clone(&pending), updates));
        let shared = Arc::new(Shared {
            daemon,
            frames,
            pending,
            reader: reader.abort_handle(),
        });
        let client = Self {
            shared: Arc::clone(&shared),
        };
        Ok((
            client,
            Updates {
                incoming,
                _shared: shared,
            },
        ))
    }

    /// The daemon's own words about itself.
    #[must_use]
    pub fn daemon(&self) -> &Hello {
        &self.shared.daemon
    }

    /// Sends a request and waits for its response; [`Response::Failed`] comes
    /// back as the error.
    ///
    /// # Errors
    /// The daemon's [`Problem`], or [`ProblemCode::DaemonUnavailable`] when the
    /// connection is lost before the answer.
    pub async fn request(&self, request: Request) -> Result<Response, Problem> {
        let (answer, answered) = oneshot::channel();
        let id = {
            let mut pending = lock(&self.shared.pending);
            if pending.closed {
                return Err(lost());
            }
            pending.last += 1;
            let id = pending.last;
            pending.waiting.insert(id, answer);
            id
        };
        let forget = Forget {
            shared: &self.shared,
            id,
        };
        let mut frame = BytesMut::new();
        frame::encode(&ClientMessage { id, request }, &mut frame).map_err(|error| {
            Problem::new(
                ProblemCode::Usage,
                format!("The request to the daemon cannot be sent: {error}."),
                "Make the profile smaller, then try again.",
            )
        })?;
        let frame = Zeroizing::new(frame.to_vec());
        self.shared.frames.send(frame).map_err(|_| lost())?;
        let response = answered.await.map_err(|_| lost())?;
        drop(forget);
        match response {
            Response::Failed { problem } => Err(problem),
            other => Ok(other),
        }
    }
}

impl Updates {
    /// The next update; `None` when the daemon has closed the connection.
    pub async fn next(&mut self) -> Option<Update> {
        self.incoming.recv().await
    }
}

/// Takes a request off the list when its future is dropped.
struct Forget<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        lock(&self.shared.pending).waiting.remove(&self.id);
    }
}

struct Connection {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    buffer: BytesMut,
}

impl Connection {
    fn new(stream: UnixStream) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            reader,
            writer,
            buffer: BytesMut::new(),
        }
    }

    async fn greet(&mut self, hello: &Hello) -> io::Result<Hello> {
        let mut frame = BytesMut::new();
        frame::encode(hello, &mut frame).map_err(io::Error::other)?;
        self.writer.write_all(&frame).await?;
        loop {
            if let Some(hello) = frame::decode(&mut self.buffer).map_err(io::Error::other)? {
                return Ok(hello);
            }
            if self.reader.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::Error::other("it closed the connection at once"));
            }
        }
    }
}

/// Writes whole frames until nobody has any more, or the daemon takes no more.
async fn write_on(
    mut writer: OwnedWriteHalf,
    mut frames: mpsc::UnboundedReceiver<Zeroizing<Vec<u8>>>,
) {
    while let Some(frame) = frames.recv().await {
        if writer.write_all(&frame).await.is_err() {
            return;
        }
    }
}

/// Hands out what the daemon sends until the connection ends; then every
/// waiting request learns of the loss by its dropped channel.
async fn read_on(
    mut reader: OwnedReadHalf,
    mut buffer: BytesMut,
    pending: Arc<Mutex<Pending>>,
    updates: mpsc::UnboundedSender<Update>,
) {
    loop {
        match frame::decode::<DaemonMessage>(&mut buffer) {
            Ok(Some(DaemonMessage::Response { id, response })) => {
                if let Some(asked) = lock(&pending).waiting.remove(&id) {
                    let _ = asked.send(response);
                }
            }
            // Nobody may be listening to updates; responses still count.
            Ok(Some(DaemonMessage::Update { update })) => drop(updates.send(update)),
            Ok(None) => match reader.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            },
            Err(error) => {
                tracing::error!("the daemon's message cannot be read: {error}");
                break;
            }
        }
    }
    let mut pending = lock(&pending);
    pending.closed = true;
    pending.waiting.clear();
}

fn lock(pending: &Mutex<Pending>) -> std::sync::MutexGuard<'_, Pending> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lost() -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        "The daemon closed the connection before it answered.",
        "See what it says: spoke daemon status",
    )
}

fn unreachable(socket: &Path, error: &io::Error) -> Problem {
    let path = socket.display();
    match error.kind() {
        io::ErrorKind::NotFound => Problem::new(
            ProblemCode::DaemonUnavailable,
            format!("The Spoke daemon is not running (there is no socket {path})."),
            start_hint(socket),
        ),
        io::ErrorKind::ConnectionRefused => Problem::new(
            ProblemCode::DaemonUnavailable,
            format!("The Spoke daemon is not running (nobody listens at {path})."),
            start_hint(socket),
        ),
        io::ErrorKind::PermissionDenied => Problem::new(
            ProblemCode::NotPermitted,
            format!("You may not open the daemon's socket {path}."),
            format!("See who may: ls -l {path}"),
        ),
        _ => Problem::new(
            ProblemCode::DaemonUnavailable,
            format!("The daemon's socket {path} cannot be opened: {error}."),
            start_hint(socket),
        ),
    }
}

fn start_hint(socket: &Path) -> String {
    if socket == Path::new("/run/spoke/spoke.sock") {
        "Start it: sudo systemctl start spoked   (or, in the foreground: sudo spoked)".to_owned()
    } else {
        format!("Start it: sudo spoked --socket {}", socket.display())
    }
}

fn not_speaking(socket: &Path, why: &str) -> Problem {
    Problem::new(
        ProblemCode::DaemonUnavailable,
        format!(
            "What listens at {} does not answer as the Spoke daemon: {why}.",
            socket.display()
        ),
        "Restart it: sudo systemctl restart spoked",
    )
}

fn version_mismatch(own: &Hello, daemon: &Hello) -> Problem {
    let (older, hint) = if daemon.api < own.api {
        (
            "daemon",
            "Restart the updated daemon: sudo systemctl restart spoked",
        )
    } else {
        (
            "command line",
            "Update the spoke command to the daemon's version.",
        )
    };
    Problem::new(
        ProblemCode::DaemonUnavailable,
        format!(
            "This is spoke {} (API {}), the daemon is {} (API {}): the {older} is too old.",
            own.version, own.api, daemon.version, daemon.api
        ),
        hint,
    )
}
