//! A stand-in for the daemon, for states that the real one cannot be brought into: it
//! speaks the real frames and publishes the states that it is given.

use bytes::BytesMut;
use serde_json::Value;
use spoke_api::{API_VERSION, DaemonInfo, DaemonMessage, Hello, Response, State, Update, frame};
use spoke_lab::LabError;
use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Where the real daemon listens.
const SOCKET: &str = "/run/spoke/spoke.sock";

/// A listening stand-in.
pub struct DaemonDouble(Arc<Mutex<Published>>);

#[derive(Default)]
struct Published {
    state: State,
    subscribers: Vec<UnixStream>,
}

impl DaemonDouble {
    /// Takes the place of a daemon that is no longer there.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start() -> Result<Self, LabError> {
        let trouble = || LabError::io(format!("listen on {SOCKET}"));
        if let Some(folder) = Path::new(SOCKET).parent() {
            std::fs::create_dir_all(folder).map_err(trouble())?;
        }
        // The one before it may have been killed.
        let _ = std::fs::remove_file(SOCKET);
        let listener = UnixListener::bind(SOCKET).map_err(trouble())?;
        let published = Arc::new(Mutex::new(Published::default()));
        let shared = Arc::clone(&published);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away, or makes no sense, is let go.
                thread::spawn(move || serve(client, &shared).ok());
            }
        });
        Ok(Self(published))
    }

    /// Publishes a state.
    ///
    /// # Errors
    /// When it cannot be written as a frame.
    pub fn show(&self, state: State) -> Result<(), LabError> {
        let bytes = framed(&update(&state))?;
        let mut published = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        published.state = state;
        published
            .subscribers
            .retain_mut(|client| client.write_all(&bytes).is_ok());
        Ok(())
    }
}

fn serve(mut client: UnixStream, published: &Mutex<Published>) -> Result<(), LabError> {
    let hello = Hello {
        api: API_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    write(&mut client, &framed(&hello)?)?;
    let mut input = BytesMut::new();
    let mut buffer = [0; 4096];
    loop {
        // Read as any document: the window may ask for more than this one knows of.
        while let Some(message) = frame::decode::<Value>(&mut input)
            .map_err(LabError::other("read a request to the daemon"))?
        {
            answer(&mut client, &message, published)?;
        }
        let count = client
            .read(&mut buffer)
            .map_err(LabError::io("read a request to the daemon"))?;
        match buffer.get(..count) {
            Some(bytes) if count > 0 => input.extend_from_slice(bytes),
            _ => return Ok(()),
        }
    }
}

fn answer(
    client: &mut UnixStream,
    message: &Value,
    published: &Mutex<Published>,
) -> Result<(), LabError> {
    // The greeting has no number and wants no answer.
    let Some(id) = message["id"].as_u64() else {
        return Ok(());
    };
    let mut published = published.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = message["request"]["type"].as_str().unwrap_or_default();
    let response = match asked {
        "status" => Response::State {
            state: Box::new(published.state.clone()),
        },
        "daemon_info" => Response::DaemonInfo {
            info: DaemonInfo {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                pid: std::process::id(),
                started: 0,
                resident_bytes: None,
            },
        },
        "log" => Response::Log { lines: Vec::new() },
        _ => Response::Done,
    };
    write(client, &framed(&DaemonMessage::Response { id, response })?)?;
    if asked == "subscribe" {
        write(client, &framed(&update(&published.state))?)?;
        let client = client.try_clone();
        published
            .subscribers
            .push(client.map_err(LabError::io("keep a subscriber"))?);
    }
    Ok(())
}

fn update(state: &State) -> DaemonMessage {
    DaemonMessage::Update {
        update: Update::State {
            state: Box::new(state.clone()),
        },
    }
}

fn framed<T: serde::Serialize>(message: &T) -> Result<BytesMut, LabError> {
    let mut bytes = BytesMut::new();
    frame::encode(message, &mut bytes).map_err(LabError::other("write a message"))?;
    Ok(bytes)
}

fn write(client: &mut UnixStream, bytes: &[u8]) -> Result<(), LabError> {
    client
        .write_all(bytes)
        .map_err(LabError::io("answer a client"))
}
