//! The background agent against a daemon that says what the test wants.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use bytes::BytesMut;
use serde_json::json;
use spoke_agent::{
    AgentLoop, Keyring, Paths, PreferenceStore, ProfileStore, ProviderOptions, TokenProvider,
};
use spoke_api::{
    API_VERSION, ClientMessage, Connection, DaemonMessage, Hello, Phase, ProblemCode, Request,
    Response, State, TokenReason, TokenWanted, Update, frame,
};
use spoke_profile::Profile;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

struct Peer {
    stream: UnixStream,
    buffer: BytesMut,
}

impl Peer {
    /// Takes the agent's connection as far as its subscription.
    async fn accept(listener: &UnixListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        let mut peer = Self {
            stream,
            buffer: BytesMut::new(),
        };
        let _: Hello = peer.read().await;
        let version = "9.9".to_owned();
        peer.write(&Hello {
            api: API_VERSION,
            version,
        })
        .await;
        assert!(matches!(peer.request().await, Request::OfferTokens));
        assert!(matches!(
            peer.request().await,
            Request::Subscribe { traffic: false }
        ));
        peer
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

    async fn request(&mut self) -> Request {
        let ClientMessage { id, request } = self.read().await;
        let response = Response::Done;
        self.write(&DaemonMessage::Response { id, response }).await;
        request
    }

    async fn tell(&mut self, update: Update) {
        self.write(&DaemonMessage::Update { update }).await;
    }

    async fn tell_phase(&mut self, owner: u32, phase: Phase) {
        let state = Box::new(state(owner, phase));
        self.tell(Update::State { state }).await;
    }
}

fn state(owner: u32, phase: Phase) -> State {
    State {
        connection: Some(Connection::new("hub", owner, phase)),
    }
}

fn wanted(request: u64, profile: &str) -> Update {
    Update::TokenWanted(TokenWanted {
        request,
        profile: profile.to_owned(),
        reason: TokenReason::Renew,
        interactive: true,
        valid_until_at_least: 0,
        challenge: None,
    })
}

fn profile() -> Profile {
    serde_json::from_value(json!({
        "name": "hub",
        "servers": [{"host": "gateway.example", "display_name": null}],
        "port": 443, "transport": "tcp",
        "server_check": {
            "secret": "ab".repeat(256), "root_sha1": null, "use_pinned_root": null,
            "root_certificates": [], "server_name": null,
        },
        "sign_in": {
            "type": "entra", "tenant": "t", "authority": "https://login.microsoftonline.com/t",
            "authority_trusted": false, "issuer": null, "audience": "a", "application_id": "app",
            "cache_sign_in": false, "device_sso": false, "disable_sso": false,
            "group_token": false, "redirect_uri": null, "scope": null,
        },
        "dns": {"servers": [], "suffixes": []},
        "include": [], "exclude": [],
        "secondary_profile": null, "always_on": false, "mtu": null,
    }))
    .unwrap()
}

/// A sign-in as `spoke connect` hands it over.
fn handed() -> String {
    let entry = json!({
        "version": 1,
        "key": {
            "authority": "https://login.microsoftonline.com/t", "client_id": "app",
            "scope": "a/.default offline_access openid profile",
        },
        "account": {"username": "ana@contoso.example", "name": null, "object_id": null, "tenant_id": null},
        "access": "the token", "expires": 9_999_999_999_u64, "refresh": null,
    });
    json!([entry.to_string()]).to_string()
}

async fn agent(folder: &Path) -> AgentLoop {
    let paths = Paths {
        config: folder.to_owned(),
        policy: folder.join("policy.toml"),
        ..Paths::from_environment()
    };
    let profiles = ProfileStore::new(folder.join("profiles"));
    profiles.save(&profile()).unwrap();
    let provider = TokenProvider::new(Keyring::memory(), ProviderOptions::default());
    provider.take_over(&handed()).await.unwrap();
    assert_eq!(
        provider.hand_over().map(|text| text.len()),
        Some(handed().len())
    );
    AgentLoop {
        socket: folder.join("sock"),
        version: "1.0".to_owned(),
        profiles,
        preferences: PreferenceStore::new(&paths),
        provider: Arc::new(provider),
        begin: None,
        search: Duration::from_secs(2),
    }
}

#[tokio::test]
async fn it_answers_silently_outlives_a_restart_and_ends_with_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("sock");
    let owner = nix::unistd::Uid::current().as_raw();
    let listener = UnixListener::bind(&socket).unwrap();
    let running = tokio::spawn(agent(folder.path()).await.run());

    let mut peer = Peer::accept(&listener).await;
    peer.tell_phase(owner, Phase::Connected).await;
    peer.tell(wanted(1, "hub")).await;
    let Request::GrantToken(grant) = peer.request().await else {
        panic!("a token was expected");
    };
    assert_eq!((grant.request, grant.token.expose()), (1, "the token"));
    assert_eq!(grant.account.as_deref(), Some("ana@contoso.example"));
    assert!(grant.silent);
    peer.tell(wanted(2, "unknown")).await;
    let Request::RefuseToken { request, problem } = peer.request().await else {
        panic!("a refusal was expected");
    };
    assert_eq!((request, problem.code), (2, ProblemCode::ProfileNotFound));

    drop((peer, listener));
    std::fs::remove_file(&socket).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    let mut peer = Peer::accept(&listener).await;
    peer.tell_phase(owner, Phase::Reconnecting).await;
    peer.tell(wanted(3, "hub")).await;
    assert!(matches!(peer.request().await, Request::GrantToken(grant) if grant.request == 3));
    peer.tell_phase(owner, Phase::Disconnected).await;
    let ended = tokio::time::timeout(Duration::from_secs(5), running).await;
    ended.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn it_does_not_stay_for_others_or_without_a_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let absent = agent(folder.path()).await.run().await.unwrap_err();
    assert_eq!(absent.code, ProblemCode::DaemonUnavailable);
    let listener = UnixListener::bind(folder.path().join("sock")).unwrap();
    let running = tokio::spawn(agent(folder.path()).await.run());
    let mut peer = Peer::accept(&listener).await;
    let somebody_else = nix::unistd::Uid::current().as_raw() + 1;
    peer.tell_phase(somebody_else, Phase::Connected).await;
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn at_login_it_connects_as_soon_as_the_daemon_and_the_network_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let owner = nix::unistd::Uid::current().as_raw();
    let agent = AgentLoop {
        begin: Some("hub".to_owned()),
        ..agent(folder.path()).await
    };
    let running = tokio::spawn(agent.run());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let listener = UnixListener::bind(folder.path().join("sock")).unwrap();
    let mut peer = Peer::accept(&listener).await;
    let nothing = Box::new(State::default());
    peer.tell(Update::State { state: nothing }).await;
    let connects =
        |request| matches!(request, Request::Connect { profile, .. } if profile.name == "hub");
    assert!(connects(peer.request().await));
    // No network yet.
    let mut failed = Connection::new("hub", owner, Phase::Failed);
    let code = ProblemCode::GatewayNotFound;
    failed.problem = Some(spoke_api::Problem::new(code, "not found", "wait"));
    let connection = Some(failed.clone());
    let state = Box::new(State { connection });
    peer.tell(Update::State { state }).await;
    assert!(connects(peer.request().await));
    peer.tell_phase(owner, Phase::Connected).await;
    // What was up once is the daemon's to bring back, and the user's to try again.
    let connection = Some(failed);
    let state = Box::new(State { connection });
    peer.tell(Update::State { state }).await;
    let ended = tokio::time::timeout(Duration::from_secs(5), running).await;
    ended.unwrap().unwrap().unwrap();
}
