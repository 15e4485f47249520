#[cfg(test)]
mod tests;

use spoke_signin::Secret;
use spoke_signin::loopback::{LoopbackReply, LoopbackRequest};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

/// How long a connection may take to send its request.
const SLOWEST: Duration = Duration::from_secs(10);
/// How long the browser may take to come for the last page.
const LINGER: Duration = Duration::from_millis(1500);
/// Connections served at a time; browsers open some ahead of need.
const MOST: usize = 32;
/// Random ports tried until one is free on both loopback addresses.
const TRIES: usize = 16;

/// The redirect's other end: listens on 127.0.0.1 and ::1 of one port, until it
/// is dropped.
pub(crate) struct Loopback {
    port: u16,
    answers: mpsc::Receiver<Answer>,
    shared: Arc<Shared>,
    _listeners: JoinSet<()>,
}

/// An answer that a browser brought, and the browser waiting for a page.
pub(crate) struct Answer {
    /// The query of the URL.
    pub(crate) query: Secret,
    verdict: oneshot::Sender<Verdict>,
}

/// What to tell the browser.
pub(crate) enum Verdict {
    /// Signed in.
    SignedIn,
    /// Not signed in, and why.
    Failed(String),
    /// Go on here.
    Next(String),
    /// An answer of some other sign-in.
    NotOurs,
}

struct Shared {
    answers: mpsc::Sender<Answer>,
    failure: Mutex<String>,
    last_page: Notify,
    connections: Arc<Semaphore>,
}

impl Answer {
    pub(crate) fn reply(self, verdict: Verdict) {
        // The browser may have gone away.
        let _ = self.verdict.send(verdict);
    }
}

impl Loopback {
    /// Listens on this port, or on a random one.
    ///
    /// # Errors
    /// When the port is taken.
    pub(crate) async fn bind(port: Option<u16>) -> io::Result<Self> {
        let listeners = match port {
            Some(port) => bind_both(port).await?,
            None => bind_random().await?,
        };
        let port = listeners.first().map_or(Ok(0), |listener| {
            listener.local_addr().map(|address| address.port())
        })?;
        let (sender, answers) = mpsc::channel(4);
        let shared = Arc::new(Shared {
            answers: sender,
            failure: Mutex::default(),
            last_page: Notify::new(),
            connections: Arc::new(Semaphore::new(MOST)),
        });
        let mut tasks = JoinSet::new();
        for listener in listeners {
            tasks.spawn(accept(listener, Arc::clone(&shared)));
        }
        Ok(Self {
            port,
            answers,
            shared,
            _listeners: tasks,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The next answer that a browser brings, ours or not.
    pub(crate) async fn answer(&mut self) -> Option<Answer> {
        self.answers.recv().await
    }

    /// Waits for the browser to fetch the last page, but not long.
    pub(crate) async fn linger(mut self) {
        self.answers.close();
        let _ = tokio::time::timeout(LINGER, self.shared.last_page.notified()).await;
        // The page is on its way when the notice comes; let it leave.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn bind_both(port: u16) -> io::Result<Vec<TcpListener>> {
    let four = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = four.local_addr()?.port();
    match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
        Ok(six) => Ok(vec![four, six]),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        // A system without IPv6 has no ::1 for "localhost" to mean.
        Err(_) => Ok(vec![four]),
    }
}

async fn bind_random() -> io::Result<Vec<TcpListener>> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        match bind_both(0).await {
            Ok(listeners) => return Ok(listeners),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&shared.connections).acquire_owned().await else {
            return;
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&shared);
                    connections.spawn(async move {
                        serve(stream, &shared).await;
                        drop(permit);
                    });
                }
                // Out of file descriptors, or the peer left again: no reason to spin.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) {
    let Ok(request) = tokio::time::timeout(SLOWEST, read(&mut stream)).await else {
        return;
    };
    let last = matches!(request, LoopbackRequest::Done | LoopbackRequest::Failed);
    let reply = match request {
        LoopbackRequest::Incomplete => return,
        LoopbackRequest::Answer(query) => judge(query, shared).await,
        LoopbackRequest::Done => LoopbackReply::Done.bytes(),
        LoopbackRequest::Failed => LoopbackReply::Failed(&failure(shared)).bytes(),
        LoopbackRequest::Unknown => LoopbackReply::NotFound.bytes(),
        LoopbackRequest::Broken => LoopbackReply::BadRequest.bytes(),
    };
    let _ = tokio::time::timeout(SLOWEST, async {
        let _ = stream.write_all(&reply).await;
        let _ = stream.shutdown().await;
    })
    .await;
    if last {
        shared.last_page.notify_one();
    }
}

async fn read(stream: &mut TcpStream) -> LoopbackRequest {
    let mut buffer = zeroize::Zeroizing::new(Vec::with_capacity(4096));
    loop {
        match stream.read_buf(&mut *buffer).await {
            Ok(0) | Err(_) => return LoopbackRequest::Incomplete,
            Ok(_) => {}
        }
        match LoopbackRequest::read(&buffer) {
            LoopbackRequest::Incomplete => {}
            whole => return whole,
        }
    }
}

async fn judge(query: Secret, shared: &Shared) -> Vec<u8> {
    let (verdict, judged) = oneshot::channel();
    if shared
        .answers
        .send(Answer { query, verdict })
        .await
        .is_err()
    {
        return LoopbackReply::NotOurs.bytes();
    }
    match judged.await {
        Ok(Verdict::SignedIn) => LoopbackReply::ToDone.bytes(),
        Ok(Verdict::Next(url)) => LoopbackReply::To(&url).bytes(),
        Ok(Verdict::Failed(why)) => {
            *shared
                .failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = why;
            LoopbackReply::ToFailed.bytes()
        }
        // The sign-in is over and this answer came too late.
        Ok(Verdict::NotOurs) | Err(_) => LoopbackReply::NotOurs.bytes(),
    }
}

fn failure(shared: &Shared) -> String {
    shared
        .failure
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
