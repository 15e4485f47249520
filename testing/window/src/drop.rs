//! Dropping a file on the app's window as a file manager does: by the XDND protocol,
//! version 5, from a source of its own.

use spoke_lab::{LabError, Machine};
use std::time::{Duration, Instant};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// Longest that the app may take to take the file.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked for what it says.
const LOOK: Duration = Duration::from_millis(10);
/// A point inside of the window, from its corner.
const POINT: (i16, i16) = (400, 300);

/// Drops a file on the window of this title.
///
/// # Errors
/// When there is no such window, or it does not take the file.
pub(crate) fn drop_file(
    machine: &Machine,
    display: &'static str,
    title: &'static str,
    path: &str,
) -> Result<(), LabError> {
    let list = format!("file://{path}\r\n");
    machine.run(move || {
        let mut source = Source::at(display, list)?;
        let target = source.find(title)?;
        source.drag_to(target)
    })?
}

/// Where the file is dragged from.
struct Source {
    server: RustConnection,
    root: Window,
    window: Window,
    atoms: Atoms,
    /// What is dragged: a list of addresses.
    list: String,
}

/// The protocol's words.
struct Atoms {
    aware: Atom,
    selection: Atom,
    enter: Atom,
    position: Atom,
    status: Atom,
    drop: Atom,
    finished: Atom,
    copy: Atom,
    uri_list: Atom,
}

impl Source {
    fn at(display: &str, list: String) -> Result<Self, LabError> {
        let (server, number) =
            RustConnection::connect(Some(display)).map_err(LabError::other("reach the screen"))?;
        let root = server.setup().roots.get(number).map(|screen| screen.root);
        let root = root.ok_or_else(|| LabError::Other("there is no screen".to_owned()))?;
        let begin = || -> Result<(Window, Atoms), x11rb::errors::ReplyOrIdError> {
            let window = server.generate_id()?;
            let (input, nothing) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
            server.create_window(0, window, root, -10, -10, 1, 1, 0, input, 0, &nothing)?;
            let atom = |name: &str| -> Result<Atom, x11rb::errors::ReplyOrIdError> {
                Ok(server.intern_atom(false, name.as_bytes())?.reply()?.atom)
            };
            let atoms = Atoms {
                aware: atom("XdndAware")?,
                selection: atom("XdndSelection")?,
                enter: atom("XdndEnter")?,
                position: atom("XdndPosition")?,
                status: atom("XdndStatus")?,
                drop: atom("XdndDrop")?,
                finished: atom("XdndFinished")?,
                copy: atom("XdndActionCopy")?,
                uri_list: atom("text/uri-list")?,
            };
            server.set_selection_owner(window, atoms.selection, x11rb::CURRENT_TIME)?;
            Ok((window, atoms))
        };
        let (window, atoms) = begin().map_err(LabError::other("begin to drag a file"))?;
        Ok(Self {
            server,
            root,
            window,
            atoms,
            list,
        })
    }

    /// The window of this title that files can be dropped on.
    fn find(&self, title: &str) -> Result<Window, LabError> {
        let look = || -> Result<Option<Window>, x11rb::errors::ReplyError> {
            for window in self.server.query_tree(self.root)?.reply()?.children {
                let property = |name: Atom, kind: Atom| {
                    let asked = self.server.get_property(false, window, name, kind, 0, 1024);
                    asked.map_err(x11rb::errors::ReplyError::from)?.reply()
                };
                let name = property(AtomEnum::WM_NAME.into(), AtomEnum::ANY.into())?;
                let aware = property(self.atoms.aware, AtomEnum::ANY.into())?;
                if name.value == title.as_bytes() && !aware.value.is_empty() {
                    return Ok(Some(window));
                }
            }
            Ok(None)
        };
        look()
            .map_err(LabError::other("look at the windows"))?
            .ok_or_else(|| LabError::Other(format!("no window `{title}` takes files")))
    }

    fn drag_to(&mut self, target: Window) -> Result<(), LabError> {
        let corner = self.server.translate_coordinates(target, self.root, 0, 0);
        let corner = corner
            .map_err(x11rb::errors::ReplyError::from)
            .and_then(|asked| asked.reply())
            .map_err(LabError::other("find where a window is"))?;
        let (x, y) = (corner.dst_x + POINT.0, corner.dst_y + POINT.1);
        let at = (u32::from(x.unsigned_abs()) << 16) | u32::from(y.unsigned_abs());
        let Atoms {
            enter,
            position,
            status,
            drop,
            finished,
            copy,
            uri_list,
            ..
        } = self.atoms;
        let me = self.window;
        self.say(target, enter, [me, 5 << 24, uri_list, 0, 0])?;
        self.say(target, position, [me, 0, at, x11rb::CURRENT_TIME, copy])?;
        self.hear(status)?;
        self.say(target, drop, [me, 0, x11rb::CURRENT_TIME, 0, 0])?;
        self.hear(finished)
    }

    fn say(&self, target: Window, word: Atom, data: [u32; 5]) -> Result<(), LabError> {
        let message = ClientMessageEvent::new(32, target, word, data);
        let sent = self
            .server
            .send_event(false, target, EventMask::NO_EVENT, message);
        sent.map(drop).map_err(LabError::other("drag a file"))?;
        self.server.flush().map_err(LabError::other("drag a file"))
    }

    /// Waits for this word, and hands over the list meanwhile to who asks for it.
    fn hear(&self, word: Atom) -> Result<(), LabError> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let event = self.server.poll_for_event();
            match event.map_err(LabError::other("hear of a dragged file"))? {
                Some(Event::ClientMessage(message)) if message.type_ == word => return Ok(()),
                Some(Event::SelectionRequest(request)) => self.hand_over(&request)?,
                Some(_) => {}
                None => std::thread::sleep(LOOK),
            }
        }
        Err(LabError::Other("the window takes no file".to_owned()))
    }

    fn hand_over(&self, request: &SelectionRequestEvent) -> Result<(), LabError> {
        let known = request.target == self.atoms.uri_list;
        let property = if known { request.property } else { x11rb::NONE };
        let give = || -> Result<(), x11rb::errors::ConnectionError> {
            let (mode, bytes) = (PropMode::REPLACE, self.list.as_bytes());
            if known {
                self.server.change_property8(
                    mode,
                    request.requestor,
                    property,
                    request.target,
                    bytes,
                )?;
            }
            let answer = SelectionNotifyEvent {
                response_type: x11rb::protocol::xproto::SELECTION_NOTIFY_EVENT,
                sequence: 0,
                time: request.time,
                requestor: request.requestor,
                selection: request.selection,
                target: request.target,
                property,
            };
            self.server
                .send_event(false, request.requestor, EventMask::NO_EVENT, answer)?;
            self.server.flush()
        };
        give().map_err(LabError::other("hand a file over"))
    }
}
