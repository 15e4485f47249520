//! One example of each message, held by snapshot: a field that changes its name or
//! goes away breaks every client in the field, so it must break here first.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use serde::{Serialize, de::DeserializeOwned};
use spoke_api::{
    AccessToken, Certificate, Challenge, ClientMessage, ConnectOptions, Connection, DaemonInfo,
    DaemonMessage, Description, DnsMode, DnsState, Gateway, Hello, HostLink, HostNetwork,
    HostResolver, HostRoute, LogLevel, LogLine, Notice, NoticeCode, Phase, PrivateKey, ProbeReport,
    Problem, ProblemCode, ProxyPassword, Remedy, Request, Response, Secondary, SignInProgress,
    Stage, StageReport, StageStatus, State, TokenGrant, TokenReason, TokenWanted, Traffic, Update,
};
use spoke_profile::{Dns, Entra, Profile, Server, ServerCheck, ServerSecret, SignIn};

/// The message as JSON, once it has proven that it reads back as itself.
fn shown<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: &T) -> String {
    let text = serde_json::to_string_pretty(message).unwrap();
    let back: T = serde_json::from_str(&text).unwrap();
    assert_eq!(&back, message);
    text
}

fn profile() -> Profile {
    let secret = ServerSecret::new(zeroize::Zeroizing::new([0xab; 256]));
    let draft = Profile::draft("contoso-hub", secret);
    Profile {
        servers: vec![Server::new("azuregateway-1c.vpn.example.invalid")],
        server_check: ServerCheck {
            root_sha1: "df3c24f9bfd666761b268073fe06d1cc8d4f82a4".parse().ok(),
            root_certificates: vec![vec![0x30, 0x00]],
            ..draft.server_check.clone()
        },
        sign_in: SignIn::Entra(Entra {
            tenant: "9f3c".into(),
            authority: "https://login.microsoftonline.com/9f3c".into(),
            authority_trusted: false,
            issuer: Some("https://sts.windows.net/9f3c/".into()),
            audience: "c632b3df-fb67-4d84-bdcf-b95ad541b5c8".into(),
            application_id: None,
            cache_sign_in: true,
            device_sso: false,
            disable_sso: false,
            group_token: false,
            redirect_uri: None,
            scope: None,
        }),
        dns: Dns {
            servers: vec!["10.20.0.4".parse().unwrap()],
            suffixes: vec!["contoso.internal".into()],
        },
        include: vec!["10.20.0.0/16".parse().unwrap()],
        ..draft
    }
}

fn state() -> State {
    State {
        connection: Some(Connection {
            profile: "contoso-hub".into(),
            owner: 1000,
            phase: Phase::Connected,
            since_ms: 1_700_000_000_000,
            connected_at_ms: Some(1_700_000_000_000),
            stages: vec![StageReport {
                stage: Stage::Tls,
                status: StageStatus::Done,
                took_ms: Some(12),
                detail: "TLS 1.3, certificate ok".into(),
            }],
            sign_in: Some(SignInProgress::DeviceCode {
                url: "https://microsoft.com/devicelogin".into(),
                code: "ABCD-EFGH".into(),
            }),
            account: Some("ana@contoso.com".into()),
            certificate: Some(Certificate {
                subject: "CN=ana, O=Contoso".into(),
                issuer: "CN=Contoso Clients".into(),
                expires: 1_800_000_000,
            }),
            sign_in_expires: Some(1_700_003_600),
            sign_in_renews: Some(1_700_002_700),
            gateway: Some(gateway()),
            interface: Some("spoke0".into()),
            addresses: vec!["172.16.201.7/24".parse().unwrap()],
            mtu: Some(1500),
            routes: vec!["10.20.0.0/16".parse().unwrap()],
            excluded: vec!["10.20.9.0/24".parse().unwrap()],
            dns: Some(DnsState {
                mode: DnsMode::Split,
                servers: vec!["10.20.0.4".parse().unwrap()],
                suffixes: vec!["contoso.internal".into()],
                manager: "systemd-resolved".into(),
            }),
            cipher: Some("AES-256-GCM".into()),
            tls: Some("TLS 1.3".into()),
            description: Some(Description::StockRemembered),
            traffic: Traffic {
                received: 412_000_000,
                sent: 38_000_000,
                receive_rate: 1_200_000,
                send_rate: 100_000,
            },
            notices: vec![
                Notice::new(NoticeCode::NoWayTo, "no way to 10.20.0.0/24").about("10.20.0.0/24"),
            ],
            unused_options: vec!["block-outside-dns".into()],
            problem: Some(problem()),
            next_try: Some(1_700_000_016),
        }),
    }
}

fn network() -> HostNetwork {
    HostNetwork {
        links: vec![HostLink {
            name: "wlan0".into(),
            up: true,
            mtu: 1500,
            addresses: vec!["192.168.1.5/24".parse().unwrap()],
        }],
        routes: vec![HostRoute {
            prefix: "0.0.0.0/0".parse().unwrap(),
            interface: Some("wlan0".into()),
            gateway: "192.168.1.1".parse().ok(),
            metric: 600,
            ours: false,
        }],
        routes_left_out: 0,
        resolver: HostResolver {
            manager: "systemd-resolved".into(),
            servers: vec!["127.0.0.53".parse().unwrap()],
            ours: false,
        },
    }
}

fn gateway() -> Gateway {
    Gateway {
        host: "azuregateway-1c.vpn.example.invalid".into(),
        address: "192.0.2.7:443".parse().ok(),
        position: 0,
        rtt_us: Some(21_000),
    }
}

fn problem() -> Problem {
    Problem::new(
        ProblemCode::CredentialsRefused,
        "The gateway refused the sign-in.",
        "spoke login contoso-hub",
    )
    .cause("The token's audience is not the gateway's.")
    .remedy(Remedy::NewToken)
    .detail("AUTH_FAILED")
}

#[test]
fn hello() {
    insta::assert_snapshot!(shown(&Hello {
        api: 1,
        version: "0.1.0".into()
    }));
}

#[test]
fn requests() {
    let requests = vec![
        Request::Status,
        Request::Subscribe { traffic: true },
        Request::Connect {
            profile: Box::new(profile()),
            options: ConnectOptions {
                interactive: true,
                anew: false,
                lockdown: false,
            },
            private_key: Some(PrivateKey::new(vec![0x30, 0x00].into())),
            proxy_password: Some(ProxyPassword::new("hunter2".to_owned().into())),
            secondary: None,
        },
        Request::Connect {
            profile: Box::new(profile()),
            options: ConnectOptions::default(),
            private_key: None,
            proxy_password: None,
            secondary: Some(Secondary {
                profile: Box::new(profile()),
                private_key: None,
                proxy_password: None,
            }),
        },
        Request::Disconnect {
            profile: Some("contoso-hub".into()),
        },
        Request::RetryNow,
        Request::Pause { seconds: 900 },
        Request::Resume,
        Request::RenewSignIn { interactive: true },
        Request::Probe {
            profile: Box::new(profile()),
            private_key: None,
        },
        Request::OfferTokens,
        Request::GrantToken(TokenGrant {
            request: 3,
            username: "AzureAD".into(),
            token: AccessToken::new("eyJ0".into()),
            account: Some("ana@contoso.com".into()),
            expires: Some(1_700_003_600),
            silent: true,
            once: false,
        }),
        Request::RefuseToken {
            request: 3,
            problem: problem(),
        },
        Request::SignInProgress {
            request: 3,
            progress: SignInProgress::Browser,
        },
        Request::DaemonInfo,
        Request::Intent,
        Request::SetLogLevel {
            level: LogLevel::Debug,
        },
        Request::Network,
        Request::Log {
            since_seconds: Some(600),
            follow: true,
        },
    ];
    let messages: Vec<ClientMessage> = requests
        .into_iter()
        .zip(1..)
        .map(|(request, id)| ClientMessage { id, request })
        .collect();
    insta::assert_snapshot!(shown(&messages));
}

/// Clients from before a field was there.
#[test]
fn older_requests_mean_what_they_meant() {
    let request: Request = serde_json::from_str(r#"{"type":"subscribe"}"#).unwrap();
    assert_eq!(request, Request::Subscribe { traffic: true });
}

#[test]
fn answers_and_updates() {
    let line = LogLine {
        at_ms: 1_700_000_000_000,
        level: "info".into(),
        text: "connected".into(),
    };
    let answers = [
        Response::Done,
        Response::State {
            state: Box::new(state()),
        },
        Response::DaemonInfo {
            info: DaemonInfo {
                version: "0.1.0".into(),
                pid: 4711,
                started: 1_700_000_000,
                resident_bytes: Some(9_000_000),
            },
        },
        Response::Intent {
            profile: Some("contoso-hub".into()),
        },
        Response::Network {
            network: Box::new(network()),
        },
        Response::Log {
            lines: vec![line.clone()],
        },
        Response::Probe {
            report: Box::new(ProbeReport {
                stages: vec![StageReport {
                    stage: Stage::Tls,
                    status: StageStatus::Done,
                    took_ms: Some(12),
                    detail: "TLS 1.3, certificate ok".into(),
                }],
                gateway: Some(gateway()),
                problem: Some(problem()),
            }),
        },
        Response::Failed { problem: problem() },
    ];
    let updates = [
        Update::State {
            state: Box::new(State::default()),
        },
        Update::TokenWanted(TokenWanted {
            request: 3,
            profile: "contoso-hub".into(),
            reason: TokenReason::Renew,
            interactive: false,
            valid_until_at_least: 1_700_000_600,
            challenge: None,
        }),
        Update::TokenWanted(TokenWanted {
            request: 4,
            profile: "contoso-hub".into(),
            reason: TokenReason::Challenge,
            interactive: true,
            valid_until_at_least: 0,
            challenge: Some(Challenge {
                text: "Your code".into(),
                echo: true,
                answer: true,
            }),
        }),
        Update::PageWanted {
            profile: "contoso-hub".into(),
            url: "https://gateway.example.invalid/sign-in".into(),
        },
        Update::TokenNoLongerWanted { request: 3 },
        Update::Log { line },
    ];
    let messages: Vec<DaemonMessage> = answers
        .into_iter()
        .map(|response| DaemonMessage::Response { id: 1, response })
        .chain(
            updates
                .into_iter()
                .map(|update| DaemonMessage::Update { update }),
        )
        .collect();
    insta::assert_snapshot!(shown(&messages));
}

#[test]
fn a_token_shows_nowhere_else() {
    let message = Request::GrantToken(TokenGrant {
        request: 3,
        username: "AzureAD".into(),
        token: AccessToken::new("canary".into()),
        account: None,
        expires: None,
        silent: true,
        once: true,
    });
    assert!(!format!("{message:?}").contains("canary"));
    assert!(!format!("{:?}", profile()).contains("abab"));
    let key = PrivateKey::new(b"canary".to_vec().into());
    let shown = format!("{key:?}");
    assert!(!shown.contains("canary") && !shown.contains(key.to_text().as_str()));
}
