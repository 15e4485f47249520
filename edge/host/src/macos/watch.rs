use super::dynamic_store::SESSION;
use crate::error::HostError;
use core_foundation::array::CFArray;
use core_foundation::runloop::{CFRunLoop, kCFRunLoopDefaultMode};
use core_foundation::string::CFString;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::unistd::read;
use spoke_plan::HostEvent;
use spoke_plan::darwin::events;
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use system_configuration::dynamic_store::{
    SCDynamicStore, SCDynamicStoreBuilder, SCDynamicStoreCallBackContext,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Which networks the system uses, which of them is first, what it resolves names by, and
/// whether one of them wants a sign-in of its own before it lets anything through.
const PATTERNS: [&str; 2] = [
    "State:/Network/Global/(IPv4|IPv6|DNS)",
    "State:/Network/Interface/[^/]+/CaptiveNetwork",
];

/// Room for several messages of the routing socket, which come one a read.
const ROOM: usize = 16 * 1024;

/// How long the thread goes on when its end was asked for before it had begun.
const TURN: Duration = Duration::from_secs(60);

/// Hears of changes until it is dropped.
pub struct Watch {
    routing: AsyncFd<OwnedFd>,
    from_store: UnboundedReceiver<()>,
    listener: Option<Listener>,
    heard: VecDeque<HostEvent>,
}

/// The thread that configd tells.
struct Listener {
    run_loop: CFRunLoop,
    ended: Arc<AtomicBool>,
}

impl Watch {
    /// Starts to listen. Needs a tokio runtime. Without configd the kernel's own messages
    /// have to do.
    ///
    /// # Errors
    ///
    /// [`HostError::Kernel`] when the kernel gives no socket.
    pub fn open() -> Result<Self, HostError> {
        let routing = routing_socket()
            .and_then(register)
            .map_err(|source| HostError::Kernel {
                operation: "watch the network".to_owned(),
                source,
            })?;
        let (tell, from_store) = unbounded_channel();
        Ok(Self {
            routing,
            from_store,
            listener: Listener::start(tell),
            heard: VecDeque::new(),
        })
    }

    /// The next change; none when the kernel's socket is gone.
    pub async fn next(&mut self) -> Option<HostEvent> {
        loop {
            if let Some(event) = self.heard.pop_front() {
                return Some(event);
            }
            tokio::select! {
                Some(()) = self.from_store.recv() => return Some(HostEvent::Service),
                ready = self.routing.readable() => {
                    let mut ready = ready.ok()?;
                    let read = ready.try_io(|socket| receive(socket.get_ref()));
                    match read {
                        Ok(Ok(events)) => self.heard.extend(events),
                        Ok(Err(_)) => return None,
                        Err(_would_block) => {}
                    }
                }
            }
        }
    }
}

impl Listener {
    fn start(tell: UnboundedSender<()>) -> Option<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let (started, start) = mpsc::channel();
        thread::Builder::new()
            .name("configd watch".to_owned())
            .spawn(move || listen(tell, &started, &seen))
            .ok()?;
        let run_loop = start.recv().ok()?;
        Some(Self { run_loop, ended })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.run_loop.stop();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.listener = None;
    }
}

#[expect(
    unsafe_code,
    reason = "the mode's name is a variable of the framework's"
)]
fn listen(tell: UnboundedSender<()>, started: &mpsc::Sender<CFRunLoop>, ended: &AtomicBool) {
    let context = SCDynamicStoreCallBackContext {
        callout: heard,
        info: tell,
    };
    let Some(store) = SCDynamicStoreBuilder::new(SESSION)
        .callback_context(context)
        .build()
    else {
        return;
    };
    let none = CFArray::<CFString>::from_CFTypes(&[]);
    let patterns = CFArray::from_CFTypes(&PATTERNS.map(CFString::from_static_string));
    let source = store.create_run_loop_source();
    let (Some(source), true) = (source, store.set_notification_keys(&none, &patterns)) else {
        return;
    };
    let run_loop = CFRunLoop::get_current();
    // SAFETY: the framework sets it before any of its functions can be called, for good.
    let mode = unsafe { kCFRunLoopDefaultMode };
    run_loop.add_source(&source, mode);
    if started.send(run_loop).is_err() {
        return;
    }
    while !ended.load(Ordering::Relaxed) {
        CFRunLoop::run_in_mode(mode, TURN, false);
    }
}

fn heard(_: SCDynamicStore, _: CFArray<CFString>, tell: &mut UnboundedSender<()>) {
    // Nobody listens any more when the watch is being dropped.
    let _ = tell.send(());
}

fn routing_socket() -> io::Result<OwnedFd> {
    let socket = socket(AddressFamily::Route, SockType::Raw, SockFlag::empty(), None)?;
    fcntl(&socket, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    fcntl(&socket, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(socket)
}

#[expect(
    unsafe_code,
    reason = "the runtime cannot know what a descriptor's owner does"
)]
fn register(socket: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is the owner's alone, and it stays open and the same for as
    // long as it is registered.
    let registered = unsafe { AsyncFd::register_with_interest(socket, Interest::READABLE) };
    Ok(registered?)
}

fn receive(socket: &OwnedFd) -> io::Result<Vec<HostEvent>> {
    let mut buffer = vec![0; ROOM];
    match read(socket, &mut buffer) {
        Ok(length) => Ok(events(buffer.get(..length).unwrap_or_default())),
        // Something was lost: it may have been anything.
        Err(Errno::ENOBUFS) => Ok(vec![HostEvent::Link]),
        Err(Errno::EINTR) => Ok(Vec::new()),
        Err(errno) => Err(errno.into()),
    }
}
