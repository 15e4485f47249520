//! The client's end of the local socket, against a daemon that says what the
//! test wants.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use bytes::BytesMut;
use serde::{Serialize, de::DeserializeOwned};
use spoke_agent::DaemonClient;
use spoke_api::{
    API_VERSION, ClientMessage, DaemonMessage, Hello, Problem, ProblemCode, Request, Response,
    State, Update, frame,
};
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

struct Peer {
    stream: UnixStream,
    buffer: BytesMut,
}

impl Peer {
    async fn accept(listener: &UnixListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        Self {
            stream,
            buffer: BytesMut::new(),
        }
    }

    async fn read<T: DeserializeOwned>(&mut self) -> T {
        loop {
            if let Some(message) = frame::decode(&mut self.buffer).unwrap() {
                return message;
            }
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0);
        }
    }

    async fn write<T: Serialize>(&mut self, message: &T) {
        let mut bytes = BytesMut::new();
        frame::encode(message, &mut bytes).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }

    async fn greet(&mut self, api: u32) {
        let hello: Hello = self.read().await;
        assert_eq!(hello.api, API_VERSION);
        let version = "9.9".to_owned();
        self.write(&Hello { api, version }).await;
    }
}

fn socket() -> (TempDir, PathBuf, UnixListener) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("spoke.sock");
    let listener = UnixListener::bind(&path).unwrap();
    (folder, path, listener)
}

async fn refused(path: &std::path::Path) -> Problem {
    match DaemonClient::connect(path, "1.0").await {
        Ok(_) => panic!("it should not connect"),
        Err(problem) => problem,
    }
}

#[tokio::test]
async fn answers_find_their_questions_and_updates_their_reader() {
    let (_folder, path, listener) = socket();
    let daemon = tokio::spawn(async move {
        let mut peer = Peer::accept(&listener).await;
        peer.greet(API_VERSION).await;
        let first: ClientMessage = peer.read().await;
        let second: ClientMessage = peer.read().await;
        let state = || Box::new(State::default());
        let update = Update::State { state: state() };
        peer.write(&DaemonMessage::Update { update }).await;
        let problem = Problem::new(ProblemCode::Conflict, "busy", "wait");
        for (id, response) in [
            (second.id, Response::Failed { problem }),
            (first.id, Response::State { state: state() }),
        ] {
            peer.write(&DaemonMessage::Response { id, response }).await;
        }
    });
    let (client, mut updates) = DaemonClient::connect(&path, "1.0").await.unwrap();
    assert_eq!(client.daemon().version, "9.9");
    let (first, second) = tokio::join!(
        client.request(Request::Status),
        client.request(Request::OfferTokens)
    );
    assert!(matches!(first.unwrap(), Response::State { .. }));
    assert_eq!(second.unwrap_err().code, ProblemCode::Conflict);
    assert!(matches!(updates.next().await, Some(Update::State { .. })));
    daemon.await.unwrap();
    assert!(updates.next().await.is_none());
    let late = client.request(Request::Status).await.unwrap_err();
    assert_eq!(late.code, ProblemCode::DaemonUnavailable);
}

#[tokio::test]
async fn a_daemon_that_goes_away_fails_the_request_under_way() {
    let (_folder, path, listener) = socket();
    tokio::spawn(async move {
        let mut peer = Peer::accept(&listener).await;
        peer.greet(API_VERSION).await;
        let _: ClientMessage = peer.read().await;
    });
    let (client, _updates) = DaemonClient::connect(&path, "1.0").await.unwrap();
    let problem = client.request(Request::Status).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::DaemonUnavailable);
}

#[tokio::test]
async fn the_older_side_is_named() {
    for (api, word) in [
        (API_VERSION + 1, "command line"),
        (API_VERSION - 1, "daemon"),
    ] {
        let (_folder, path, listener) = socket();
        tokio::spawn(async move {
            let mut peer = Peer::accept(&listener).await;
            peer.greet(api).await;
        });
        let problem = refused(&path).await;
        assert_eq!(problem.code, ProblemCode::DaemonUnavailable);
        assert!(
            problem.summary.contains(&format!("the {word} is too old")),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn no_daemon_is_told_with_the_command_that_starts_one() {
    let (_folder, path, listener) = socket();
    drop(listener);
    let stale = refused(&path).await;
    assert_eq!(stale.code, ProblemCode::DaemonUnavailable);
    std::fs::remove_file(&path).unwrap();
    let absent = refused(&path).await;
    assert_eq!(absent.code, ProblemCode::DaemonUnavailable);
    assert!(absent.hint.contains("sudo spoked"), "{}", absent.hint);
    let usual = refused("/run/spoke/spoke.sock.no".as_ref()).await;
    assert_eq!(usual.code, ProblemCode::DaemonUnavailable);
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_is_told() {
    let (_folder, path, listener) = socket();
    tokio::spawn(async move {
        let mut peer = Peer::accept(&listener).await;
        peer.stream
            .write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n")
            .await
            .unwrap();
        let _ = peer.stream.read_buf(&mut peer.buffer).await;
    });
    let problem = refused(&path).await;
    assert_eq!(problem.code, ProblemCode::DaemonUnavailable);
    assert!(
        problem
            .summary
            .contains("does not answer as the Spoke daemon"),
        "{problem}"
    );
}
