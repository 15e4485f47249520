//! A daemon that says what the test wants, over the real frames.

use bytes::BytesMut;
use spoke_api::{
    API_VERSION, ClientMessage, Connection, DaemonMessage, Hello, Phase, Request, Response, State,
    TokenReason, TokenWanted, Update, frame,
};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

/// The daemon's end of a desk's connection.
pub(crate) struct Daemon {
    stream: UnixStream,
    buffer: BytesMut,
}

impl Daemon {
    /// Takes a desk's connection as far as its subscription.
    pub(crate) async fn accept(listener: &UnixListener) -> Self {
        let accepted = tokio::time::timeout(Duration::from_secs(10), listener.accept()).await;
        let (stream, _) = accepted.unwrap().unwrap();
        let mut daemon = Self {
            stream,
            buffer: BytesMut::new(),
        };
        let _: Hello = daemon.read().await;
        let version = "9.9".to_owned();
        daemon
            .write(&Hello {
                api: API_VERSION,
                version,
            })
            .await;
        assert_eq!(daemon.request().await, Request::OfferTokens);
        assert_eq!(
            daemon.request().await,
            Request::Subscribe { traffic: false }
        );
        daemon
    }

    /// The next request, which is answered with a yes.
    pub(crate) async fn request(&mut self) -> Request {
        let asked = tokio::time::timeout(Duration::from_secs(10), self.read());
        let ClientMessage { id, request } = asked.await.unwrap();
        let response = Response::Done;
        self.write(&DaemonMessage::Response { id, response }).await;
        request
    }

    /// Whether nothing is asked for a while.
    pub(crate) async fn is_left_alone(&mut self) -> bool {
        let asked = tokio::time::timeout(Duration::from_millis(150), self.read::<ClientMessage>());
        asked.await.is_err()
    }

    pub(crate) async fn tell(&mut self, update: Update) {
        self.write(&DaemonMessage::Update { update }).await;
    }

    pub(crate) async fn want(&mut self, request: u64, reason: TokenReason) {
        self.tell(Update::TokenWanted(TokenWanted {
            request,
            profile: "hub".to_owned(),
            reason,
            interactive: true,
            valid_until_at_least: 0,
            challenge: None,
        }))
        .await;
    }

    pub(crate) async fn tell_phase(&mut self, phase: Phase) {
        let state = Box::new(state(phase));
        self.tell(Update::State { state }).await;
    }

    pub(crate) async fn tell_nothing_connected(&mut self) {
        let state = Box::default();
        self.tell(Update::State { state }).await;
    }

    /// Is asked what the user wants to be connected, and says it.
    pub(crate) async fn tell_intent(&mut self, profile: Option<&str>) {
        let ClientMessage { id, request } = self.read().await;
        assert_eq!(request, Request::Intent);
        let profile = profile.map(ToOwned::to_owned);
        let response = Response::Intent { profile };
        self.write(&DaemonMessage::Response { id, response }).await;
    }

    async fn read<T: serde::de::DeserializeOwned>(&mut self) -> T {
        loop {
            if let Some(message) = frame::decode(&mut self.buffer).unwrap() {
                return message;
            }
            assert_ne!(self.stream.read_buf(&mut self.buffer).await.unwrap(), 0);
        }
    }

    async fn write<T: serde::Serialize>(&mut self, message: &T) {
        let mut bytes = BytesMut::new();
        frame::encode(message, &mut bytes).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }
}

/// A connection of this user's.
fn state(phase: Phase) -> State {
    let owner = nix::unistd::Uid::current().as_raw();
    State {
        connection: Some(Connection::new("hub", owner, phase)),
    }
}
