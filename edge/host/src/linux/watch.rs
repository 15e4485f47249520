use super::nftables;
use crate::error::HostError;
use futures_util::{Stream, StreamExt as _, stream};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::route::{RouteMessage, RouteProtocol, RouteType};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::socket::{MsgFlags, recv};
use rtnetlink::MulticastGroup;
use rtnetlink::packet_core::NetlinkPayload;
use spoke_plan::{HostEvent, ROUTE_PROTOCOL};
use std::ffi::OsStr;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::path::Path;
use std::pin::Pin;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::task::JoinHandle;

/// Where the file is that says which servers names are asked at.
const FOLDER: &str = "/etc";
const FILE: &str = "resolv.conf";

/// Where systemd-resolved writes such files whenever a link's settings have changed, and compares
/// them with what stood there: a change of names alone leaves no more than a passing file.
const RESOLVED: &str = "/run/systemd/resolve";

/// Hears of changes until it is dropped.
pub struct Watch {
    messages: Pin<Box<dyn Stream<Item = HostEvent> + Send>>,
    driver: JoinHandle<()>,
}

impl Watch {
    /// Starts to listen, in the network namespace of the calling thread.
    ///
    /// # Errors
    ///
    /// [`HostError::Kernel`] when the kernel gives no socket.
    pub fn open() -> Result<Self, HostError> {
        let (connection, _, messages) = rtnetlink::new_multicast_connection(&[
            MulticastGroup::Link,
            MulticastGroup::Ipv4Ifaddr,
            MulticastGroup::Ipv6Ifaddr,
            MulticastGroup::Ipv4Route,
            MulticastGroup::Ipv6Route,
        ])
        .map_err(|source| HostError::Kernel {
            operation: "watch the network".to_owned(),
            source,
        })?;
        let events = messages.filter_map(|(message, _)| {
            let event = match message.payload {
                NetlinkPayload::InnerMessage(inner) => event(&inner),
                _ => None,
            };
            std::future::ready(event)
        });
        Ok(Self {
            // Where nobody can be asked about files, or a packet filter, the rest still is watched.
            messages: Box::pin(stream::select(
                stream::select(events, or_none(packet_filter())),
                stream::select(or_none(resolv_conf()), or_none(resolved())),
            )),
            driver: tokio::spawn(connection),
        })
    }

    /// The next change; none when the kernel's socket is gone.
    pub async fn next(&mut self) -> Option<HostEvent> {
        self.messages.next().await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn event(message: &RouteNetlinkMessage) -> Option<HostEvent> {
    match message {
        RouteNetlinkMessage::NewLink(_) | RouteNetlinkMessage::DelLink(_) => Some(HostEvent::Link),
        RouteNetlinkMessage::NewAddress(_) | RouteNetlinkMessage::DelAddress(_) => {
            Some(HostEvent::Address)
        }
        RouteNetlinkMessage::NewRoute(route) => matters(route, true).then_some(HostEvent::Route),
        RouteNetlinkMessage::DelRoute(route) => matters(route, false).then_some(HostEvent::Route),
        _ => None,
    }
}

/// What Spoke adds is nobody's news; what of it goes away may be another program's doing.
fn matters(route: &RouteMessage, comes: bool) -> bool {
    let ours = route.header.protocol == RouteProtocol::Other(ROUTE_PROTOCOL);
    !(ours && comes) && (ours || route.header.kind == RouteType::Unicast)
}

/// A stream that may not be there.
fn or_none<T>(stream: Option<impl Stream<Item = T>>) -> impl Stream<Item = T> {
    stream::iter(stream).flatten()
}

/// Somebody else's changes of the kernel's packet filter.
fn packet_filter() -> Option<impl Stream<Item = HostEvent> + Send> {
    // The kernel names a thread, and all that is done here is done by one.
    let own = std::fs::read_to_string("/proc/thread-self/comm").ok()?;
    let changes = register(nftables::changes().ok()?)?;
    Some(stream::unfold((changes, own), |(changes, own)| async {
        let mut message = vec![0; 1 << 16];
        loop {
            let mut ready = changes.readable().await.ok()?;
            let Ok(read) = ready.try_io(|socket| {
                let socket = socket.get_ref().as_raw_fd();
                Ok(recv(socket, &mut message, MsgFlags::empty())?)
            }) else {
                continue;
            };
            let another = match read {
                Ok(length) => {
                    let message = message.get(..length).unwrap_or_default();
                    nftables::is_by_another(message, own.trim_end())
                }
                // So much happened that some of it was not told.
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => true,
                Err(_) => return None,
            };
            if another {
                drop(ready);
                return Some((HostEvent::Service, (changes, own)));
            }
        }
    }))
}

/// What tells of the folder's files.
struct Files(Inotify);

impl AsRawFd for Files {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

#[expect(
    unsafe_code,
    reason = "the runtime cannot know what a descriptor's owner does"
)]
fn register<T: AsRawFd>(owner: T) -> Option<AsyncFd<T>> {
    // SAFETY: the descriptor is the owner's alone, and it stays open and the same for as
    // long as it is registered.
    unsafe { AsyncFd::register_with_interest(owner, Interest::READABLE) }.ok()
}

/// The times at which another file stands at `/etc/resolv.conf`, or other bytes in it.
fn resolv_conf() -> Option<impl Stream<Item = HostEvent> + Send> {
    let inotify = folder(FOLDER)?;
    // Where the file is a mount of its own, as in containers, the folder does not hear of it.
    let path = Path::new(FOLDER).join(FILE);
    let own = AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_DONT_FOLLOW;
    let _ = inotify.add_watch(&path, own);
    changes(inotify, |name| name == FILE)
}

/// The times at which systemd-resolved has been told something of a link.
fn resolved() -> Option<impl Stream<Item = HostEvent> + Send> {
    let names_file = |name: &OsStr| name.to_string_lossy().contains(FILE);
    changes(folder(RESOLVED)?, names_file)
}

/// Tells of the files in a folder.
fn folder(path: &str) -> Option<Inotify> {
    let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).ok()?;
    let written = AddWatchFlags::IN_CLOSE_WRITE | AddWatchFlags::IN_CREATE;
    let moved = AddWatchFlags::IN_MOVE | AddWatchFlags::IN_DELETE;
    inotify.add_watch(path, written | moved).ok()?;
    Some(inotify)
}

/// The times at which something happens to a file that concerns, or to one watched by itself.
fn changes(
    inotify: Inotify,
    concerns: impl Fn(&OsStr) -> bool + Copy + Send,
) -> Option<impl Stream<Item = HostEvent> + Send> {
    let changes = register(Files(inotify))?;
    Some(stream::unfold(changes, move |changes| async move {
        loop {
            let mut ready = changes.readable().await.ok()?;
            let Ok(read) = ready.try_io(|files| Ok(files.get_ref().0.read_events()?)) else {
                continue;
            };
            let events = read.ok()?;
            if events
                .iter()
                .any(|event| event.name.as_deref().is_none_or(concerns))
            {
                drop(ready);
                return Some((HostEvent::Service, changes));
            }
        }
    }))
}
