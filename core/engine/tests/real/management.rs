//! The management interface of a running program: the judge of its clients, in a test's hand.

use super::Running;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A connection to the program's management interface.
pub struct Management {
    socket: TcpStream,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Management {
    /// What a server needs in its arguments to be managed at `port`, and to ask there about each client.
    pub fn arguments(port: u16) -> String {
        format!("--management 127.0.0.1 {port} --management-client-auth")
    }

    /// Connects as soon as the program listens.
    pub fn connect(port: u16, running: &Running) -> Self {
        for _ in 0..200 {
            if let Ok(socket) = TcpStream::connect(("127.0.0.1", port)) {
                let lines = Arc::new(Mutex::new(Vec::new()));
                let (reader, heard) = (socket.try_clone().unwrap(), Arc::clone(&lines));
                std::thread::spawn(move || {
                    for line in BufReader::new(reader).lines().map_while(Result::ok) {
                        heard.lock().unwrap().push(line);
                    }
                });
                return Self { socket, lines };
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("it cannot be managed:\n{}", running.log());
    }

    /// Gives one command.
    pub fn say(&mut self, command: &str) {
        self.socket
            .write_all(format!("{command}\n").as_bytes())
            .unwrap();
    }

    /// The last line that begins so, without its beginning.
    pub fn heard(&self, beginning: &str) -> Option<String> {
        let lines = self.lines.lock().unwrap();
        let found = lines
            .iter()
            .rev()
            .find_map(|line| line.strip_prefix(beginning));
        found.map(str::to_owned)
    }

    /// The last client that was told of whole, all its lines.
    pub fn client(&self) -> Option<Told> {
        let lines = self.lines.lock().unwrap();
        let end = lines.iter().rposition(|line| line == ">CLIENT:ENV,END")?;
        let told = &lines[..end];
        let connected = |line: &String| line.starts_with(">CLIENT:CONNECT,");
        let begin = told.iter().rposition(connected)?;
        Some(Told(told[begin..].to_vec()))
    }
}

/// What the program says of one client before it asks whether to let it in.
pub struct Told(Vec<String>);

impl Told {
    /// The client's numbers, as the commands want them.
    pub fn numbers(&self) -> String {
        let numbers = self.0[0].trim_start_matches(">CLIENT:CONNECT,");
        numbers.replace(',', " ")
    }

    /// One of its variables.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let line = |line: &'_ String| line.starts_with(&format!(">CLIENT:ENV,{name}="));
        let line = self.0.iter().find(|text| line(text))?;
        line.split_once('=').map(|(_, value)| value)
    }
}
