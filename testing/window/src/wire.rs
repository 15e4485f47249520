//! Requests to a WebDriver server on a machine of the lab.

use serde_json::Value;
use spoke_lab::{LabError, Machine};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

/// Longest that one request may take: a browser's start is the slowest.
const LIMIT: Duration = Duration::from_secs(30);

/// The way to one WebDriver server.
pub(crate) struct Wire {
    machine: Machine,
    address: SocketAddrV4,
}

impl Wire {
    /// To the server that listens on this port of `machine`.
    pub(crate) fn new(machine: &Machine, port: u16) -> Self {
        Self {
            machine: machine.clone(),
            address: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
        }
    }

    /// Whether anybody listens.
    pub(crate) fn answers(&self) -> bool {
        self.connect().is_ok()
    }

    /// Sends one request and gives the `value` of the answer.
    ///
    /// # Errors
    /// When nothing comes, or the server says that it failed: with its words.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, LabError> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let address = self.address;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let doing = || format!("ask the WebDriver for {path}");
        let mut stream = self.connect()?;
        stream
            .set_read_timeout(Some(LIMIT))
            .and_then(|()| stream.write_all(request.as_bytes()))
            .map_err(LabError::io(doing()))?;
        let answer = read_body(&mut stream).map_err(LabError::io(doing()))?;
        let document: Value = serde_json::from_slice(&answer).map_err(LabError::other(doing()))?;
        let value = document.get("value").cloned().unwrap_or_default();
        match value.get("error").and_then(Value::as_str) {
            Some(error) => Err(LabError::Other(format!(
                "{path}: {error}: {}",
                value["message"].as_str().unwrap_or_default()
            ))),
            None => Ok(value),
        }
    }

    /// A socket is of the namespace that it was made in, whoever uses it later.
    fn connect(&self) -> Result<TcpStream, LabError> {
        let address = self.address;
        self.machine
            .run(move || TcpStream::connect(address))?
            .map_err(LabError::io(format!("reach the WebDriver at {address}")))
    }
}

/// The body of an HTTP answer that says how long it is.
fn read_body(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16384];
    loop {
        if let Some((start, len)) = body(&bytes)
            && bytes.len() >= start + len
        {
            return Ok(bytes.split_off(start));
        }
        match stream.read(&mut buffer)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
    }
}

/// Where the body begins, and its length.
fn body(bytes: &[u8]) -> Option<(usize, usize)> {
    let start = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(bytes.get(..start)?).to_lowercase();
    let len = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))?;
    Some((start, len.trim().parse().ok()?))
}
