//! Hours of renegotiations, in which sign-ins and tokens expire and are renewed, played in seconds.
#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use spoke_engine::{Check, Closed, Credentials, Error, Refusal, Remedy, Timing, TransportKind};
use spoke_moment::Moment;
use spoke_sim::{Pair, Scenario, SimIdentity};
use spoke_wire::{AuthFailure, AuthToken, PushReply};
use std::time::Duration;
use zeroize::Zeroizing;

/// Who starts the renegotiations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Starter {
    Client,
    Server,
    Both,
}

/// One play: how long, how often keys are renewed, how long a sign-in is good for.
#[derive(Clone, Copy, Debug)]
struct Play {
    hours: u64,
    renewal: Duration,
    validity: Duration,
    starter: Starter,
    transport: TransportKind,
}

const MINUTE: Duration = Duration::from_secs(60);

fn plays() -> Vec<Play> {
    let mut plays = Vec::new();
    for starter in [Starter::Client, Starter::Server, Starter::Both] {
        for transport in [TransportKind::Udp, TransportKind::Tcp] {
            for (hours, renewal, validity) in [(1, 2, 5), (8, 45, 60), (8, 10, 60)] {
                plays.push(Play {
                    hours,
                    renewal: renewal * MINUTE,
                    validity: validity * MINUTE,
                    starter,
                    transport,
                });
            }
        }
    }
    plays
}

fn pair(identity: &SimIdentity, play: &Play) -> Pair {
    let mut scenario = Scenario::plain(identity, play.transport);
    let renews = Timing {
        renegotiate_after: Some(play.renewal),
        ..Timing::default()
    };
    if play.starter != Starter::Server {
        scenario.client_timing = renews;
    }
    if play.starter != Starter::Client {
        scenario.server_timing = renews;
    }
    Pair::new(&scenario).expect("a pair")
}

/// The sign-in of this moment, good until the end of its period.
fn signed_in(now: Moment, validity: Duration) -> String {
    let period = now.since_origin().as_secs() / validity.as_secs();
    format!("access-token-{period}")
}

fn credentials(password: String) -> Credentials {
    Credentials {
        username: "someone".to_owned(),
        password: Zeroizing::new(password),
    }
}

fn refused(reason: &str) -> AuthFailure {
    AuthFailure::Refused {
        reason: reason.to_owned(),
    }
}

/// Plays until `end`, with a payload both ways every five seconds that must arrive; ends early when an end closes.
fn play_on(pair: &mut Pair, end: Moment) -> Result<(), String> {
    let pause = Duration::from_secs(5);
    while pair.now() < end {
        let arrived =
            |pair: &Pair| [&pair.client, &pair.server].map(|end| end.known().received.len());
        let before = arrived(pair);
        let sent = pair.send_up(&[0x45; 60]) == Ok(true) && pair.send_down(&[0x45; 60]) == Ok(true);
        pair.run_for(pause).map_err(|stall| stall.to_string())?;
        if pair.client.known().closed.is_some() || pair.server.known().closed.is_some() {
            return Ok(());
        }
        let after = arrived(pair);
        if !sent
            || after
                .iter()
                .zip(before)
                .any(|(after, before)| *after != before + 1)
        {
            return Err(format!("traffic stopped at {:?}", pair.now()));
        }
        pair.client.forget();
        pair.server.forget();
    }
    Ok(())
}

fn stand(pair: &mut Pair) {
    pair.run_until(MINUTE, "both ends are up", |pair| {
        pair.client.is_up() && pair.server.is_up()
    })
    .expect("a connection");
}

#[test]
fn sign_ins_are_renewed_for_hours_whoever_begins() {
    let identity = SimIdentity::new().expect("certificates");
    for play in plays() {
        let mut pair = pair(&identity, &play);
        let validity = play.validity;
        pair.client
            .answer_with(move |now| credentials(signed_in(now, validity)));
        pair.server.judge_by(move |now, check: &Check| {
            // What was good when it was sent is good.
            let sent = now.since_origin().saturating_sub(Duration::from_secs(5));
            let good = [now, Moment::from_origin(sent)]
                .iter()
                .any(|at| *check.password == signed_in(*at, validity));
            match good {
                true => Ok(PushReply::default()),
                false => Err(refused("expired")),
            }
        });
        stand(&mut pair);
        let end = Moment::from_origin(Duration::from_secs(play.hours * 3600));
        play_on(&mut pair, end).unwrap_or_else(|fault| panic!("{play:?}: {fault}"));

        let least = play.hours * 3600 / play.renewal.as_secs() - 2;
        let known = pair.client.known();
        assert_eq!(known.closed, None, "{play:?}: {:?}", known.notices);
        assert!(
            known.installed.len() as u64 >= least,
            "{play:?}: {} keys",
            known.installed.len()
        );
        assert_eq!(known.asked, known.installed.len(), "{play:?}");
        assert_eq!(known.notices, [""; 0], "{play:?}");
    }
}

#[test]
fn a_token_of_the_gateway_is_renewed_with_each_key() {
    let identity = SimIdentity::new().expect("certificates");
    for play in plays() {
        let mut pair = pair(&identity, &play);
        pair.client
            .answer_with(|_| credentials("access-token".to_owned()));
        let mut given = 0_u32;
        pair.server.judge_by(move |_, check: &Check| {
            let good = match given {
                0 => *check.password == "access-token",
                given => *check.password == format!("SESS_ID_{given}"),
            };
            given += 1;
            match good {
                true => Ok(PushReply {
                    auth_token: Some(AuthToken::new(format!("SESS_ID_{given}"))),
                    ..PushReply::default()
                }),
                false => Err(refused("not the last token")),
            }
        });
        stand(&mut pair);
        let end = Moment::from_origin(Duration::from_secs(play.hours * 3600));
        play_on(&mut pair, end).unwrap_or_else(|fault| panic!("{play:?}: {fault}"));

        let known = pair.client.known();
        assert_eq!(known.closed, None, "{play:?}: {:?}", known.notices);
        assert_eq!(
            known.asked, 1,
            "{play:?}: the user's own credentials are asked for once"
        );
        assert_eq!(known.tokens, known.installed.len(), "{play:?}");
    }
}

#[test]
fn one_refusal_costs_one_new_connection() {
    let identity = SimIdentity::new().expect("certificates");
    for play in plays() {
        let with_token = [false, true];
        for with_token in with_token {
            let mut pair = pair(&identity, &play);
            let mut checks = 0;
            pair.server.judge_by(move |_, _: &Check| {
                checks += 1;
                match checks {
                    4 if with_token => Err(AuthFailure::SessionExpired {
                        reason: "lifetime exceeded".to_owned(),
                    }),
                    4 => Err(refused("expired")),
                    _ => Ok(PushReply {
                        auth_token: with_token.then(|| AuthToken::new("SESS_ID_x")),
                        ..PushReply::default()
                    }),
                }
            });
            stand(&mut pair);
            let end = Moment::from_origin(Duration::from_secs(play.hours * 3600));
            play_on(&mut pair, end).unwrap_or_else(|fault| panic!("{play:?}: {fault}"));

            let Some(Closed::Failed(Error::PeerRefused(refusal))) = &pair.client.known().closed
            else {
                panic!("{play:?}: {:?}", pair.client.known().closed);
            };
            assert_eq!(refusal.remedy(), Remedy::NewToken, "{play:?}");
            assert_eq!(
                matches!(refusal, Refusal::SessionExpired(_)),
                with_token,
                "{play:?}: {refusal:?}"
            );
            // The refusal follows the key exchange that it is about, as OpenVPN's does.
            assert_eq!(pair.client.known().installed.len(), 4, "{play:?}");
            // With new credentials the next connection stands at once.
            stand(&mut self::pair(&identity, &play));
        }
    }
}
