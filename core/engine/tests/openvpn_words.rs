//! What a real OpenVPN 2.x server says beside yes and no, and what the engine makes of it.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test with the real program needs sockets, and its helpers may fail like tests"
)]

mod common;
mod real;

use common::{Seeded, client_config, server_config};
use real::echo::echo_request;
use real::management::Management;
use real::{Driver, Place, Running, Socket, connect, free_port, inside, wall};
use spoke_engine::{Cipher, ClientConfig, Closed, Error, Refusal, Session, TransportKind};
use spoke_moment::Moment;
use spoke_wire::{
    Advance, AuthFailure, AuthToken, ChallengeAnswer, DhcpOption, Ifconfig, RouteGateway,
    SignInStep, StaticChallengeForm, TextChallenge, Topology, WebStep,
};
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

/// A server whose judge is the test.
struct Judged {
    place: Place,
    port: u16,
    server: Running,
    management: Management,
}

impl Judged {
    fn new(name: &str, more: &str) -> Self {
        let place = Place::new(name);
        let (port, manager) = (free_port(), free_port());
        let more = format!("{} {more}", Management::arguments(manager));
        let server = place.asking_server("tcp-server", port, &more);
        let management = Management::connect(manager, &server);
        Self {
            place,
            port,
            server,
            management,
        }
    }

    fn client(&self) -> Driver {
        let mut config = client_config(&self.place.pki);
        config.identity.can_be_asked = true;
        driver(config, self.port, &self.server)
    }

    /// Runs the client until the judge is asked; gives the client's numbers as the commands want them.
    fn asked(&self, client: &mut Driver, password: &str) -> String {
        client.run(&self.server, |_| self.has_told("password", password));
        self.management.client().unwrap().numbers()
    }

    /// Whether this is so of the client that was told of last.
    fn has_told(&self, variable: &str, value: &str) -> bool {
        let told = self.management.client();
        told.is_some_and(|told| told.variable(variable) == Some(value))
    }

    fn let_in(&mut self, client: &mut Driver, numbers: &str) {
        self.management.say(&format!("client-auth {numbers}\nEND"));
        client.run(&self.server, |client| client.pushed.is_some());
    }
}

fn driver(config: ClientConfig, port: u16, server: &Running) -> Driver {
    let socket = connect(TransportKind::Tcp, port, server);
    let entropy = Seeded(u64::from(port) + wall().unix());
    let session = Session::client(config, Box::new(entropy), Moment::ORIGIN, wall());
    Driver::new(session, socket)
}

fn refusal(client: &Driver) -> Refusal {
    match &client.closed {
        Some(Closed::Failed(Error::PeerRefused(refusal))) => refusal.clone(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_page_to_sign_in_on_is_passed_on_and_the_gateways_consent_is_noticed() {
    if !inside("a_page_to_sign_in_on_is_passed_on_and_the_gateways_consent_is_noticed") {
        return;
    }
    let mut judged = Judged::new("web-auth", "");
    let mut client = judged.client();
    let numbers = judged.asked(&mut client, "let me in");
    assert!(judged.has_told("IV_SSO", "webauth,crtext,openurl"));
    let page = "WEB_AUTH::https://login.example/x";
    judged
        .management
        .say(&format!("client-pending-auth {numbers} {page} 40"));
    client.run(&judged.server, |client| !client.steps.is_empty());
    let [SignInStep::Web(web)] = client.steps.as_slice() else {
        panic!("{:?}", client.steps);
    };
    assert_eq!(web.url, "https://login.example/x");
    // The hand-window is longer than what the server gives.
    assert!(
        client
            .pending
            .is_some_and(|time| time > Duration::from_secs(50))
    );
    let consent = Instant::now();
    judged.let_in(&mut client, &numbers);
    assert!(consent.elapsed() < Duration::from_secs(3), "not polled");
}

#[test]
fn a_question_is_answered_in_place() {
    if !inside("a_question_is_answered_in_place") {
        return;
    }
    let mut judged = Judged::new("cr-text", "");
    let mut client = judged.client();
    let numbers = judged.asked(&mut client, "let me in");
    judged.management.say(&format!(
        "client-pending-auth {numbers} \"CR_TEXT:R,E:Which code: now\" 40"
    ));
    client.run(&judged.server, |client| !client.steps.is_empty());
    let question = TextChallenge {
        echo: true,
        response_required: true,
        text: "Which code: now".to_owned(),
    };
    assert_eq!(client.steps, [SignInStep::Challenge(question)]);
    let now = client.now();
    let answer = ChallengeAnswer::new("123456");
    client.session.answer_challenge(now, answer);
    client.run(&judged.server, |_| {
        judged.management.heard(">CLIENT:CR_RESPONSE,").is_some()
    });
    let heard = judged.management.heard(">CLIENT:CR_RESPONSE,").unwrap();
    assert!(heard.ends_with(",MTIzNDU2"), "{heard}");
    judged.let_in(&mut client, &numbers);
}

#[test]
fn a_dynamic_challenge_is_answered_with_the_next_connection() {
    if !inside("a_dynamic_challenge_is_answered_with_the_next_connection") {
        return;
    }
    let mut judged = Judged::new("crv1", "");
    let mut client = judged.client();
    let numbers = judged.asked(&mut client, "let me in");
    judged.management.say(&format!(
        "client-deny {numbers} no \"CRV1:R,E:state1:YW5h:Which code: now\""
    ));
    client.run(&judged.server, |client| client.closed.is_some());
    let Refusal::Challenge(challenge) = refusal(&client) else {
        panic!("{:?}", client.closed);
    };
    assert_eq!(
        (challenge.username.as_str(), challenge.text.as_str()),
        ("ana", "Which code: now")
    );

    let mut again = judged.client();
    again.username.clone_from(&challenge.username);
    again.password = String::clone(&challenge.password("123456"));
    let numbers = judged.asked(&mut again, "CRV1::state1::123456");
    assert!(judged.has_told("username", "ana"));
    judged.let_in(&mut again, &numbers);
}

#[test]
fn a_static_challenge_is_answered_with_the_password() {
    if !inside("a_static_challenge_is_answered_with_the_password") {
        return;
    }
    let mut judged = Judged::new("scrv1", "");
    let mut client = judged.client();
    let password = StaticChallengeForm::Apart.password("let me in", "123456");
    client.password = String::clone(&password);
    let numbers = judged.asked(&mut client, "SCRV1:bGV0IG1lIGlu:MTIzNDU2");
    judged.let_in(&mut client, &numbers);
}

/// Longer than the pause after which a client of OpenVPN sends with a new key, and far less than the server's minute.
#[test]
fn a_renegotiation_costs_no_packet_while_the_server_makes_up_its_mind() {
    if !inside("a_renegotiation_costs_no_packet_while_the_server_makes_up_its_mind") {
        return;
    }
    let mut judged = Judged::new("slow-judge", "");
    let mut client = judged.client();
    let numbers = judged.asked(&mut client, "let me in");
    judged.let_in(&mut client, &numbers);
    client.run(&judged.server, |client| client.sending == Some(0));
    let address = client.pushed.clone().unwrap().ifconfig.unwrap().local;
    let mut sent = 0;
    let mut exchange = |client: &mut Driver, server: &Running| {
        client.seal(&echo_request(address, Ipv4Addr::new(10, 8, 0, 1)));
        sent += 1;
        client.run(server, |client| client.packets == sent);
    };
    exchange(&mut client, &judged.server);

    // The younger a key is, the sooner it is done with; and a silence of this length is none yet.
    for _ in 0..2 {
        client.grow_older(Duration::from_secs(20));
        exchange(&mut client, &judged.server);
    }
    let now = client.now();
    client.session.renegotiate(now);
    let again = || judged.management.heard(">CLIENT:REAUTH,");
    client.run(&judged.server, |_| again().is_some());
    let wait = Instant::now();
    while wait.elapsed() < Duration::from_millis(5500) {
        exchange(&mut client, &judged.server);
    }
    let numbers = again().unwrap().replace(',', " ");
    judged
        .management
        .say(&format!("client-auth {numbers}\nEND"));
    client.run(&judged.server, |client| client.sending == Some(1));
    exchange(&mut client, &judged.server);
    client.run(&judged.server, |client| client.pings.contains_key(&1));
    assert_eq!(client.notices, [""; 0]);
}

#[test]
fn restart_and_halt_come_with_their_flags_and_reasons() {
    if !inside("restart_and_halt_come_with_their_flags_and_reasons") {
        return;
    }
    let mut judged = Judged::new("restart", "");
    for (message, expected) in [
        (
            "RESTART,[P,N]:maintenance",
            Refusal::Restart {
                reason: Some("maintenance".to_owned()),
                keep_credentials: true,
                next_server: true,
            },
        ),
        (
            "RESTART",
            Refusal::Restart {
                reason: None,
                keep_credentials: false,
                next_server: false,
            },
        ),
        ("HALT,go away", Refusal::Halt(Some("go away".to_owned()))),
    ] {
        let mut client = judged.client();
        let before = judged.management.heard(">CLIENT:CONNECT,");
        client.run(&judged.server, |_| {
            judged.management.heard(">CLIENT:CONNECT,") != before
        });
        let numbers = judged.management.heard(">CLIENT:CONNECT,").unwrap();
        let (id, _) = numbers.split_once(',').unwrap();
        judged.let_in(&mut client, &numbers.replace(',', " "));
        judged
            .management
            .say(&format!("client-kill {id} \"{message}\""));
        client.run(&judged.server, |client| client.closed.is_some());
        assert_eq!(refusal(&client), expected);
    }
}

#[test]
fn a_session_token_serves_the_next_connection_until_it_expires() {
    if !inside("a_session_token_serves_the_next_connection_until_it_expires") {
        return;
    }
    let place = Place::new("token-reconnect");
    let port = free_port();
    let server = place.server("tcp-server", port, "--auth-gen-token 6");
    let mut first = driver(client_config(&place.pki), port, &server);
    first.run(&server, |client| client.pushed.is_some());
    let given = Instant::now();
    let token = first.token.take().unwrap();
    assert!(token.password.starts_with("SESS_ID_AT_"));
    let now = first.now();
    first.session.close(now, "to come again");
    first.drain();

    let again = || {
        let mut client = driver(client_config(&place.pki), port, &server);
        client.username.clone_from(&token.username);
        client.password = String::clone(&token.password);
        client
    };
    let mut second = again();
    second.run(&server, |client| client.pings.contains_key(&0));
    drop(second);
    std::thread::sleep(Duration::from_millis(8200).saturating_sub(given.elapsed()));
    let mut third = again();
    third.run(&server, |client| client.closed.is_some());
    assert!(
        matches!(refusal(&third), Refusal::SessionExpired(_)),
        "{:?}",
        third.closed
    );
}

#[test]
fn pushed_names_and_routes_arrive_as_the_server_means_them() {
    if !inside("pushed_names_and_routes_arrive_as_the_server_means_them") {
        return;
    }
    let place = Place::new("pushes");
    let pushed = [
        "route 10.1.0.0 255.255.0.0 vpn_gateway 5",
        "route 10.2.0.0 255.255.0.0 net_gateway",
        "route-ipv6 fd00:1::/48",
        "redirect-gateway def1 autolocal bypass-dhcp ipv6 !ipv4",
        "dhcp-option DNS 10.1.0.1",
        "dhcp-option DNS6 fd00:1::1",
        "dhcp-option DOMAIN-SEARCH corp.example",
        "dhcp-option PROXY_HTTP proxy.example 8080",
        "dns server 2 address 10.1.0.2",
        "dns server 1 address [fd00:1::2]:853",
        "dns server 1 transport DoT",
        "dns server 1 sni dns.example",
        "dns search-domains corp.example more.example",
        "block-ipv6",
        "tran-window 120",
    ];
    let lines: Vec<String> = pushed
        .iter()
        .map(|option| format!("push \"{option}\"\n"))
        .collect();
    place.put("pushes.conf", &lines.concat());
    let port = free_port();
    let server = place.server("tcp-server", port, "--config pushes.conf");
    let mut client = driver(client_config(&place.pki), port, &server);
    client.run(&server, |client| client.pushed.is_some());
    let reply = client.pushed.clone().unwrap();
    assert_eq!(reply.routes[0].metric, Some(5));
    assert_eq!(reply.routes[1].gateway, RouteGateway::Outside);
    assert_eq!(reply.routes_v6.len(), 1);
    let redirect = reply.redirect_gateway.unwrap();
    assert!(redirect.def1 && redirect.ipv6 && redirect.not_ipv4 && redirect.bypass_dhcp);
    assert!(reply.block_ipv6);
    let names = DhcpOption::DomainSearch("corp.example".to_owned());
    assert_eq!(reply.dhcp_options.len(), 3);
    assert_eq!(reply.dhcp_options[2], names);
    let servers: Vec<u8> = reply
        .dns
        .servers
        .iter()
        .map(|server| server.priority)
        .collect();
    assert_eq!(servers, [1, 2]);
    assert_eq!(reply.dns.servers[0].transport.as_deref(), Some("DoT"));
    assert_eq!(reply.dns.search_domains, ["corp.example", "more.example"]);
    assert_eq!(reply.tran_window, Some(120));
    assert_eq!(reply.unused, ["dhcp-option PROXY_HTTP proxy.example 8080"]);
}

#[test]
fn an_old_client_meets_the_servers_fallback_cipher() {
    if !inside("an_old_client_meets_the_servers_fallback_cipher") {
        return;
    }
    let place = Place::new("fallback");
    let cases = [
        ("V4,dev-type tun,cipher AES-128-GCM", Cipher::Aes128Gcm),
        ("V4", Cipher::ChaCha20Poly1305),
    ];
    for (options, cipher) in cases {
        let port = free_port();
        let ciphers =
            "--data-ciphers AES-256-GCM:AES-128-GCM --data-ciphers-fallback CHACHA20-POLY1305";
        let server = place.server("tcp-server", port, ciphers);
        let mut config = client_config(&place.pki);
        config.identity.modern = false;
        config.identity.options_override = Some(options.to_owned());
        config.identity.peer_info_override = Some(String::new());
        config.fallback_cipher = Some(cipher);
        let mut client = driver(config, port, &server);
        client.run(&server, |client| client.pings.contains_key(&0));
        let pushed = client.pushed.clone().unwrap();
        assert_eq!((pushed.cipher, pushed.peer_id), (None, None));
        let sealer = client.sealers.values().next().unwrap();
        assert_eq!(sealer.cipher(), cipher);
    }
}

/// A server of ours, for the next connection of a real client.
fn our_server(place: &Place, listener: &TcpListener) -> Driver {
    let (socket, _) = listener.accept().unwrap();
    let config = server_config(&place.pki);
    let session = Session::server(config, Box::new(Seeded(5)), Moment::ORIGIN, wall());
    let mut server = Driver::new(session, Socket::tcp(socket));
    server.push.topology = Some(Topology::Subnet);
    (server.push.ping, server.push.ping_restart) = (Some(1), Some(20));
    server.push.ifconfig = Some(Ifconfig {
        local: [10, 9, 0, 2].into(),
        mask_or_remote: [255, 255, 255, 0].into(),
    });
    server
}

#[test]
fn the_real_client_heeds_what_our_server_says() {
    if !inside("the_real_client_heeds_what_our_server_says") {
        return;
    }
    let place = Place::new("our-words");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let running = place.client("tcp-client", port, "");

    let mut busy = our_server(&place, &listener);
    busy.refusal = Some(AuthFailure::Temporary {
        backoff: Some(3),
        advance: Some(Advance::No),
        reason: "full".to_owned(),
    });
    busy.run(&running, |server| server.closed.is_some());
    let refused = Instant::now();
    drop(busy);

    // It comes again by itself, no earlier than it was told to.
    let mut asking = our_server(&place, &listener);
    assert!(refused.elapsed() >= Duration::from_secs(3));
    asking.defer = Some(SignInStep::Web(WebStep {
        url: "https://login.example/x".to_owned(),
        hidden: false,
        external: false,
        proxy: None,
    }));
    asking.push.auth_token = Some(AuthToken::new("SESS_ID_one"));
    asking.run(&running, |server| server.users.len() == 1);
    asking.run(&running, |_| {
        running.log().contains("WEB_AUTH::https://login.example/x")
    });
    asking.defer = None;
    let (now, push) = (asking.now(), asking.push.clone());
    asking.session.accept_credentials(now, 0, push);
    asking.run(&running, |server| server.pings.contains_key(&0));

    // The renegotiation comes with the token in place of the password.
    asking.run(&running, |server| server.users.len() == 2);
    let token = ("AzureAD".to_owned(), "SESS_ID_one".to_owned());
    assert_eq!(asking.users[1], token);
    let now = asking.now();
    asking.session.close(now, "maintenance");
    asking.run(&running, |server| server.closed.is_some());
    asking.drain();
    drop(asking);

    // A restart that keeps the sign-in: the token serves the next connection.
    let mut next = our_server(&place, &listener);
    next.run(&running, |server| server.users.len() == 1);
    assert_eq!(next.users[0], token);
    let log = running.log();
    assert!(
        log.contains("AUTH_FAILED,TEMP[backoff 3,advance no]"),
        "{log}"
    );
    assert!(log.contains("maintenance"), "{log}");
}
