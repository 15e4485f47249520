//! The desk between a daemon that says what the test wants and a user who does likewise.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod daemon;

use daemon::Daemon;
use serde_json::json;
use spoke_agent::{Keyring, Paths, ProfileStore, ProviderOptions, TokenProvider};
use spoke_api::{Phase, ProblemCode, Request, TokenReason, Update};
use spoke_desk::{Desk, DeskOptions};
use spoke_profile::{Profile, Proxy, ProxyKind, Server, ServerSecret, SignIn};
use spoke_view::{Answer, DaemonLink, Leaving, Picture, PromptKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UnixListener;
use zeroize::Zeroizing;

/// What must never come into a picture.
const SECRET: &str = "a-canary-of-a-password";
const TOKEN: &str = "a-canary-of-a-token";

struct World {
    desk: Desk,
    folder: TempDir,
}

impl World {
    /// A desk of a user with one profile, and the daemon that it has found.
    async fn new(profile: &Profile) -> (Self, Daemon, UnixListener) {
        Self::signed_in(profile, Some("ana@contoso.example")).await
    }

    /// The same, where the sign-in server said so much of who has signed in.
    async fn signed_in(profile: &Profile, username: Option<&str>) -> (Self, Daemon, UnixListener) {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths {
            config: folder.path().to_owned(),
            state: folder.path().join("state"),
            session: folder.path().join("session"),
            policy: folder.path().join("policy.toml"),
            socket: folder.path().join("sock"),
            azure_vpn_client: Vec::new(),
        };
        ProfileStore::new(paths.profiles()).save(profile).unwrap();
        let provider = TokenProvider::new(
            Keyring::file(&paths.token_file()),
            ProviderOptions::default(),
        );
        provider.take_over(&handed(username)).await.unwrap();
        let options = DeskOptions {
            paths,
            version: "1.0".to_owned(),
        };
        let listener = UnixListener::bind(&options.paths.socket).unwrap();
        let desk = Desk::start_with(options, Arc::new(provider));
        let daemon = Daemon::accept(&listener).await;
        (Self { desk, folder }, daemon, listener)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("sock")
    }

    /// The first picture of that kind; whatever is shown holds no secret.
    async fn picture(&self, like: impl Fn(&Picture) -> bool) -> Picture {
        let mut pictures = self.desk.pictures();
        let seen = pictures.wait_for(|picture| {
            let text = serde_json::to_string(picture).unwrap();
            assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
            like(picture)
        });
        let seen = tokio::time::timeout(Duration::from_secs(10), seen).await;
        seen.expect("no such picture").unwrap().clone()
    }

    /// The prompt that is shown next.
    async fn prompt(&self) -> (u32, PromptKind) {
        let picture = self.picture(|picture| picture.prompt.is_some()).await;
        let prompt = picture.prompt.unwrap();
        assert!(!prompt.profile.is_empty());
        (prompt.id, prompt.kind)
    }

    async fn no_prompt(&self) {
        self.picture(|picture| picture.prompt.is_none()).await;
    }
}

fn profile(sign_in: SignIn) -> Profile {
    Profile {
        servers: vec![Server::new("gateway.example")],
        sign_in,
        ..Profile::draft("hub", ServerSecret::new([0xab; 256].into()))
    }
}

fn entra() -> SignIn {
    serde_json::from_value(json!({
        "type": "entra", "tenant": "t", "authority": "https://login.microsoftonline.com/t",
        "authority_trusted": false, "issuer": null, "audience": "a", "application_id": "app",
        "cache_sign_in": false, "device_sso": false, "disable_sso": false,
        "group_token": false, "redirect_uri": null, "scope": null,
    }))
    .unwrap()
}

/// A sign-in from another program.
fn handed(username: Option<&str>) -> String {
    let entry = json!({
        "version": 1,
        "key": {
            "authority": "https://login.microsoftonline.com/t", "client_id": "app",
            "scope": "a/.default offline_access openid profile",
        },
        "account": {"username": username, "name": null, "object_id": null, "tenant_id": null},
        "access": TOKEN, "expires": 9_999_999_999_u64, "refresh": null,
    });
    json!([entry.to_string()]).to_string()
}

fn password(remember: bool) -> Answer {
    Answer::Password {
        username: "ana".to_owned(),
        password: Zeroizing::new(SECRET.to_owned()),
        remember,
    }
}

#[tokio::test]
async fn a_password_goes_to_the_daemon_alone_and_is_kept_once_it_is_accepted() {
    let (world, mut daemon, _listener) = World::new(&profile(SignIn::password())).await;
    daemon.want(1, TokenReason::Connect).await;
    let (id, kind) = world.prompt().await;
    let asked = PromptKind::Password {
        username: None,
        can_remember: true,
        proxy: None,
    };
    assert_eq!(kind, asked);
    world.desk.answer(id, password(true)).await.unwrap();
    let Request::GrantToken(grant) = daemon.request().await else {
        panic!("a password was expected");
    };
    assert_eq!((grant.request, grant.token.expose()), (1, SECRET));
    world.no_prompt().await;
    let file = world.folder.path().join("tokens.json");
    assert!(!file.exists(), "kept before the gateway has accepted it");
    daemon.tell_phase(Phase::Connected).await;
    world
        .picture(|picture| picture.state.phase() == Phase::Connected)
        .await;
    let kept = async {
        while !std::fs::read_to_string(&file).is_ok_and(|text| text.contains(SECRET)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), kept)
        .await
        .unwrap();
    // The next question is answered without asking anybody.
    daemon.want(2, TokenReason::Connect).await;
    assert!(matches!(daemon.request().await, Request::GrantToken(grant) if grant.silent));
    assert!(world.desk.pictures().borrow().prompt.is_none());
}

#[tokio::test]
async fn a_token_at_hand_answers_and_its_owner_is_shown() {
    let (world, mut daemon, _listener) = World::new(&profile(entra())).await;
    let picture = world
        .picture(|picture| {
            let known = |one: &spoke_view::ProfileSummary| one.account.is_some();
            !picture.accounts.is_empty() && picture.profiles.iter().all(known)
        })
        .await;
    let ana = Some("ana@contoso.example");
    assert_eq!(picture.accounts[0].name.as_deref(), ana);
    assert_eq!(picture.profiles[0].account.as_deref(), ana);
    daemon.want(1, TokenReason::Connect).await;
    let Request::GrantToken(grant) = daemon.request().await else {
        panic!("a token was expected");
    };
    assert_eq!(grant.token.expose(), TOKEN);
    let elsewhere = Leaving::Unnamed {
        authority: picture.accounts[0].authority.clone(),
    };
    world.desk.sign_out(&elsewhere).await.unwrap();
    assert!(!world.picture(|_| true).await.accounts.is_empty());
    let who = Leaving::Profile {
        profile: "hub".to_owned(),
    };
    world.desk.sign_out(&who).await.unwrap();
    let picture = world.picture(|picture| picture.accounts.is_empty()).await;
    assert_eq!(picture.profiles[0].account, None);
}

#[tokio::test]
async fn somebody_without_a_name_is_signed_out_by_the_place_or_the_profile() {
    let place = "https://login.microsoftonline.com/t".to_owned();
    let profile_of = Leaving::Profile {
        profile: "hub".to_owned(),
    };
    for leaving in [Leaving::Unnamed { authority: place }, profile_of] {
        let (world, _daemon, _listener) = World::signed_in(&profile(entra()), None).await;
        let picture = world.picture(|picture| !picture.accounts.is_empty()).await;
        assert_eq!(picture.accounts[0].name, None);
        let nobody = Leaving::Account {
            name: String::new(),
        };
        world.desk.sign_out(&nobody).await.unwrap();
        assert!(!world.picture(|_| true).await.accounts.is_empty());
        world.desk.sign_out(&leaving).await.unwrap();
        world.picture(|picture| picture.accounts.is_empty()).await;
    }
}

#[tokio::test]
async fn a_cancelled_sign_in_ends_the_attempt_but_no_connection() {
    let (world, mut daemon, _listener) = World::new(&profile(SignIn::password())).await;
    daemon.want(1, TokenReason::Connect).await;
    let (id, _) = world.prompt().await;
    world.desk.answer(id, Answer::Cancel).await.unwrap();
    let ended = Request::Disconnect {
        profile: Some("hub".to_owned()),
    };
    assert_eq!(daemon.request().await, ended);
    world.no_prompt().await;

    daemon.want(2, TokenReason::Renew).await;
    let (id, _) = world.prompt().await;
    world.desk.answer(id, Answer::Cancel).await.unwrap();
    let Request::RefuseToken { request, problem } = daemon.request().await else {
        panic!("a refusal was expected");
    };
    assert_eq!((request, problem.code), (2, ProblemCode::Cancelled));
}

#[tokio::test]
async fn a_question_that_is_withdrawn_is_shown_no_more() {
    let (world, mut daemon, _listener) = World::new(&profile(SignIn::password())).await;
    daemon.want(1, TokenReason::Connect).await;
    let (id, _) = world.prompt().await;
    daemon
        .tell(Update::TokenNoLongerWanted { request: 1 })
        .await;
    world.no_prompt().await;
    assert!(world.desk.answer(id, password(false)).await.is_err());
    assert!(daemon.is_left_alone().await);
}

#[tokio::test]
async fn traffic_is_subscribed_to_while_somebody_watches_it() {
    let (world, mut daemon, _listener) = World::new(&profile(SignIn::password())).await;
    world.desk.watch_traffic(true);
    let wanted = Request::Subscribe { traffic: true };
    assert_eq!(daemon.request().await, wanted);
    world.desk.watch_traffic(true);
    assert!(daemon.is_left_alone().await);
    world.desk.watch_traffic(false);
    let quiet = Request::Subscribe { traffic: false };
    assert_eq!(daemon.request().await, quiet);
}

#[tokio::test]
async fn a_daemon_that_goes_takes_its_state_and_questions_along_and_is_found_again() {
    let (world, mut daemon, listener) = World::new(&profile(SignIn::password())).await;
    daemon.tell_phase(Phase::SigningIn).await;
    daemon.want(1, TokenReason::Connect).await;
    world.prompt().await;
    drop((daemon, listener));
    std::fs::remove_file(world.socket()).unwrap();
    let picture = world
        .picture(|picture| matches!(picture.daemon, DaemonLink::Missing { .. }))
        .await;
    let DaemonLink::Missing { problem, start } = &picture.daemon else {
        panic!("it is there");
    };
    assert_eq!(problem.code, ProblemCode::DaemonUnavailable);
    assert!(start.starts_with("sudo spoked --socket "), "{start}");
    assert_eq!((picture.state.connection, picture.prompt), (None, None));
    // Who wants something does not wait for the next look.
    let listener = UnixListener::bind(world.socket()).unwrap();
    let (mut daemon, outcome) = tokio::join!(
        async {
            let mut daemon = Daemon::accept(&listener).await;
            assert_eq!(daemon.request().await, Request::RetryNow);
            daemon
        },
        world.desk.retry_now(),
    );
    outcome.unwrap();
    daemon.tell_phase(Phase::Reconnecting).await;
    let picture = world
        .picture(|picture| picture.state.phase() == Phase::Reconnecting)
        .await;
    let version = "9.9".to_owned();
    assert_eq!(picture.daemon, DaemonLink::Connected { version });
}

#[tokio::test]
async fn what_was_connected_when_a_daemon_went_is_connected_again_where_it_is_wanted() {
    for (phase, intent, again) in [
        (Phase::Connected, Some("hub"), true),
        (Phase::Connected, None, false),
        (Phase::Failed, Some("hub"), false),
    ] {
        let (world, mut daemon, listener) = World::new(&profile(entra())).await;
        daemon.tell_phase(phase).await;
        world
            .picture(|picture| picture.state.phase() == phase)
            .await;
        drop((daemon, listener));
        std::fs::remove_file(world.socket()).unwrap();
        let listener = UnixListener::bind(world.socket()).unwrap();
        let mut daemon = Daemon::accept(&listener).await;
        daemon.tell_nothing_connected().await;
        if phase == Phase::Connected {
            daemon.tell_intent(intent).await;
        }
        if again {
            let Request::Connect {
                profile, options, ..
            } = daemon.request().await
            else {
                panic!("it is to be connected");
            };
            assert_eq!((profile.name.as_str(), options.interactive), ("hub", false));
        }
        assert!(daemon.is_left_alone().await, "{phase:?}, {intent:?}");
    }
}

#[tokio::test]
async fn a_page_of_the_gateways_is_opened_after_a_yes_only() {
    let (world, mut daemon, _listener) = World::new(&profile(SignIn::password())).await;
    let page = || Update::PageWanted {
        profile: "hub".to_owned(),
        url: "https://gateway.example/sign-in".to_owned(),
    };
    daemon.tell(page()).await;
    let (id, kind) = world.prompt().await;
    assert!(matches!(kind, PromptKind::Page { url } if url.ends_with("/sign-in")));
    world.desk.answer(id, Answer::No).await.unwrap();
    assert!(daemon.is_left_alone().await);
    daemon.tell(page()).await;
    let (id, _) = world.prompt().await;
    world.desk.answer(id, Answer::Cancel).await.unwrap();
    assert!(matches!(daemon.request().await, Request::Disconnect { .. }));
    // What is asked goes with the sign-in.
    daemon.tell(page()).await;
    world.prompt().await;
    daemon.tell_phase(Phase::Connecting).await;
    world.no_prompt().await;
}

fn behind_proxy() -> Profile {
    Profile {
        proxy: Some(Proxy {
            kind: ProxyKind::Http,
            host: "proxy.example".to_owned(),
            port: 8080,
            username: Some("ana".to_owned()),
            headers: Vec::new(),
        }),
        ..profile(SignIn::password())
    }
}

#[tokio::test]
async fn connecting_asks_for_what_is_missing_first() {
    let (world, mut daemon, _listener) = World::new(&behind_proxy()).await;
    let answering = async {
        let (id, kind) = world.prompt().await;
        let PromptKind::Password { proxy, .. } = kind else {
            panic!("{kind:?}");
        };
        assert_eq!(proxy.as_deref(), Some("proxy.example:8080"));
        world.desk.answer(id, password(false)).await.unwrap();
        daemon.request().await
    };
    let (outcome, request) = tokio::join!(world.desk.connect("hub"), answering);
    outcome.unwrap();
    let Request::Connect {
        profile,
        options,
        proxy_password,
        ..
    } = request
    else {
        panic!("{request:?}");
    };
    assert!(profile.name == "hub" && options.interactive);
    assert_eq!(proxy_password.unwrap().expose(), SECRET);
}

#[tokio::test]
async fn a_connect_ends_by_cancel_and_by_disconnect_before_it_has_begun() {
    let (world, mut daemon, _listener) = World::new(&behind_proxy()).await;
    let cancelling = async {
        let (id, _) = world.prompt().await;
        world.desk.answer(id, Answer::Cancel).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(world.desk.connect("hub"), cancelling);
    assert_eq!(outcome.unwrap_err().code, ProblemCode::Cancelled);
    assert!(daemon.is_left_alone().await);
    let disconnecting = async {
        world.prompt().await;
        let (outcome, request) = tokio::join!(world.desk.disconnect(), daemon.request());
        outcome.unwrap();
        assert!(matches!(request, Request::Disconnect { .. }));
    };
    let (outcome, ()) = tokio::join!(world.desk.connect("hub"), disconnecting);
    assert_eq!(outcome.unwrap_err().code, ProblemCode::Cancelled);
    world.no_prompt().await;
    let unknown = world.desk.connect("other").await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::ProfileNotFound);
}
