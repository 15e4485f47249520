use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// An HTTP proxy that does `CONNECT` and nothing else, for as long as the test runs.
pub(crate) struct Tunnel {
    pub(crate) url: String,
    count: Arc<AtomicUsize>,
}

impl Tunnel {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || drop(tunnel(stream)));
            }
        });
        Self { url, count }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

fn tunnel(client: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
    }
    let server = TcpStream::connect(target)?;
    let (mut to_client, mut to_server) = (client, server.try_clone()?);
    to_client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    thread::spawn(move || io::copy(&mut reader, &mut to_server));
    let mut server = server;
    io::copy(&mut server, &mut to_client).map(drop)
}
