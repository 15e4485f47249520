use crate::action::Action;
use crate::peer::ClientId;
use crate::turn::Turn;
use spoke_api::{AccessToken, Challenge, TokenGrant, TokenReason, TokenWanted, Update};
use spoke_engine::Credentials;
use spoke_moment::WallTime;
use spoke_wire::{ChallengeAnswer, DynamicChallenge};
use std::time::Duration;
use zeroize::Zeroizing;

/// A token with less life than this left is not worth sending: the gateway's clock
/// may be ahead of ours.
const WORTH_SENDING: Duration = Duration::from_secs(30);
/// How much life a cached token must have to begin a connection with.
const TO_CONNECT: Duration = Duration::from_secs(300);
/// Life that should be left when the renewal is asked for.
const RENEWAL_MARGIN: Duration = Duration::from_secs(600);
/// Shortest pause between two failed renewals.
const RENEWAL_RETRY: Duration = Duration::from_secs(60);

/// The newest token of a connection, and the question that is open for the next.
#[derive(Default)]
pub(crate) struct SignInDesk {
    held: Option<Held>,
    session: Option<SessionToken>,
    /// Whether what was sent last is the session token.
    sent_session: bool,
    asked: Option<Asked>,
    challenge: Option<Posed>,
    /// Name and password that answer a challenge, for the next attempt alone.
    answer: Option<Credentials>,
    /// Challenges since the gateway accepted the user last.
    challenges: u32,
}

/// A question of a gateway's that waits for its answer.
enum Posed {
    /// The answer goes with the next attempt.
    Dynamic(DynamicChallenge),
    /// The session waits for it.
    InSession(Challenge),
}

/// How often a gateway may ask before it accepts: some messages need no answer, so
/// that nobody would stop a gateway that goes on and on.
const MOST_CHALLENGES: u32 = 8;

struct Held {
    username: String,
    token: AccessToken,
    expires: Option<u64>,
    /// Good for one sign-in, as a password with a one-time code in it.
    once: bool,
}

/// What a gateway gave out in place of the user's credentials.
struct SessionToken {
    /// Place of the gateway in the profile's list: no other one knows the token.
    server: usize,
    credentials: Credentials,
}

/// A question that a client has been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) request: u64,
    pub(crate) client: ClientId,
    pub(crate) reason: TokenReason,
    pub(crate) interactive: bool,
}

/// What becomes of an answer to a question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Match {
    /// It answers the open question, which is closed by it.
    Open(Asked),
    /// The question was asked, but of somebody else.
    NotYours,
    /// There is no such question (any more).
    Gone,
}

impl SignInDesk {
    /// Whether a token is at hand that the gateway can be expected to accept.
    pub(crate) fn has_fresh(&self, wall: WallTime) -> bool {
        self.held.as_ref().is_some_and(|held| held.is_fresh(wall))
    }

    /// Whether there is anything to sign in with at a gateway, given by its place in the profile's list.
    pub(crate) fn can_sign_in(&self, wall: WallTime, server: usize) -> bool {
        if self.is_challenged() {
            return false;
        }
        let session = self.session.as_ref();
        self.answer.is_some()
            || session.is_some_and(|token| token.server == server)
            || self.has_fresh(wall)
    }

    /// Whether a gateway's question has to be answered before the next sign-in.
    pub(crate) const fn is_challenged(&self) -> bool {
        matches!(self.challenge, Some(Posed::Dynamic(_)))
    }

    /// Takes a question whose answer goes with the next attempt; says whether it is
    /// to be answered.
    pub(crate) fn challenge_for_next(&mut self, challenge: DynamicChallenge) -> bool {
        self.challenges += 1;
        let answer = self.challenges <= MOST_CHALLENGES;
        if answer {
            self.challenge = Some(Posed::Dynamic(challenge));
        }
        answer
    }

    /// Takes a question that the session waits for.
    pub(crate) fn challenge_in_session(&mut self, challenge: Challenge) {
        self.challenge = Some(Posed::InSession(challenge));
    }

    /// Forgets such a question; says whether there was one.
    pub(crate) fn forget_challenge_in_session(&mut self) -> bool {
        let there = |posed: &mut Posed| matches!(posed, Posed::InSession(_));
        self.challenge.take_if(there).is_some()
    }

    /// Takes the answer to the question: gives it back for the session, or keeps it
    /// for the next attempt.
    pub(crate) fn take_answer(&mut self, answer: &AccessToken) -> Option<ChallengeAnswer> {
        match self.challenge.take()? {
            Posed::InSession(_) => Some(ChallengeAnswer::new(answer.expose().to_owned())),
            Posed::Dynamic(challenge) => {
                self.answer = Some(Credentials {
                    password: challenge.password(answer.expose()),
                    username: challenge.username,
                });
                None
            }
        }
    }

    /// The gateway has accepted the user.
    pub(crate) fn answered(&mut self) {
        self.challenges = 0;
        self.answer = None;
    }

    /// Keeps a token that a gateway gave out.
    pub(crate) fn keep_session_token(&mut self, credentials: Credentials, server: usize) {
        self.session = Some(SessionToken {
            server,
            credentials,
        });
    }

    /// Zeroes the token that a gateway gave out; says whether there was one.
    pub(crate) fn forget_session_token(&mut self) -> bool {
        self.sent_session = false;
        self.session.take().is_some()
    }

    /// Whether the gateway's verdict is on the token that it gave out itself.
    pub(crate) const fn sent_session_token(&self) -> bool {
        self.sent_session
    }

    /// Name and password to send now to a gateway: what it gave out itself, else the token.
    pub(crate) fn credentials(
        &mut self,
        wall: WallTime,
        server: usize,
    ) -> Option<(String, Zeroizing<String>)> {
        if self.is_challenged() {
            return None;
        }
        if let Some(Credentials { username, password }) = self.answer.take() {
            self.sent_session = false;
            return Some((username, password));
        }
        let session = self.session.as_ref().filter(|one| one.server == server);
        self.sent_session = session.is_some();
        if let Some(SessionToken { credentials, .. }) = session {
            let Credentials { username, password } = credentials;
            return Some((username.clone(), Zeroizing::new(String::clone(password))));
        }
        let held = self.held.as_ref().filter(|held| held.is_fresh(wall))?;
        let (username, once) = (held.username.clone(), held.once);
        let password = Zeroizing::new(held.token.expose().to_owned());
        if once {
            self.held = None;
        }
        Some((username, password))
    }

    /// The open question.
    pub(crate) const fn asked(&self) -> Option<Asked> {
        self.asked
    }

    /// Asks `client`, unless a question is open already.
    pub(crate) fn ask(
        &mut self,
        turn: &mut Turn<'_>,
        client: ClientId,
        profile: &str,
        reason: TokenReason,
        interactive: bool,
    ) {
        if self.asked.is_some() {
            return;
        }
        let request = turn.numbers.next();
        let floor = turn.wall.plus(TO_CONNECT).unix();
        // A renewal that brings the same token again would be none.
        let valid_until_at_least = match (reason, self.held.as_ref().and_then(|h| h.expires)) {
            (TokenReason::Connect | TokenReason::Challenge, _) | (_, None) => floor,
            (TokenReason::Renew | TokenReason::Refused, Some(expires)) => expires.saturating_add(1),
        };
        let challenge = self.challenge.as_ref().map(|posed| match posed {
            Posed::InSession(challenge) => challenge.clone(),
            Posed::Dynamic(challenge) => Challenge {
                text: challenge.text.clone(),
                echo: challenge.echo,
                answer: challenge.response_required,
            },
        });
        self.asked = Some(Asked {
            request,
            client,
            reason,
            interactive,
        });
        turn.act(Action::Tell {
            client,
            update: Update::TokenWanted(TokenWanted {
                request,
                profile: profile.to_owned(),
                reason,
                interactive,
                valid_until_at_least,
                challenge,
            }),
        });
    }

    /// Closes the open question without an answer, telling the client.
    pub(crate) fn withdraw(&mut self, turn: &mut Turn<'_>) {
        if let Some(asked) = self.asked.take() {
            turn.act(Action::Tell {
                client: asked.client,
                update: Update::TokenNoLongerWanted {
                    request: asked.request,
                },
            });
        }
    }

    /// Closes the open question because the client it was sent to has gone.
    pub(crate) fn abandon(&mut self, client: ClientId) -> Option<Asked> {
        self.asked.take_if(|asked| asked.client == client)
    }

    /// Whether `client` may say something about question `request`.
    pub(crate) fn may_speak(&self, client: ClientId, request: u64) -> Match {
        match self.asked {
            Some(asked) if asked.request != request => Match::Gone,
            Some(asked) if asked.client != client => Match::NotYours,
            Some(asked) => Match::Open(asked),
            None => Match::Gone,
        }
    }

    /// Takes an answer's right to close the question.
    pub(crate) fn close(&mut self, client: ClientId, request: u64) -> Match {
        let verdict = self.may_speak(client, request);
        if matches!(verdict, Match::Open(_)) {
            self.asked = None;
        }
        verdict
    }

    /// Takes a token over; the one before it is zeroed.
    pub(crate) fn accept(&mut self, grant: TokenGrant) {
        self.held = Some(Held {
            username: grant.username,
            token: grant.token,
            expires: grant.expires,
            once: grant.once,
        });
    }

    /// Zeroes all tokens.
    pub(crate) fn forget(&mut self) {
        self.held = None;
        self.answer = None;
        self.challenge = None;
        self.forget_session_token();
    }

    /// How long from now until a token that was granted now should be renewed.
    pub(crate) fn renewal_in(&self, wall: WallTime) -> Option<Duration> {
        let expires = self.held.as_ref()?.expires?;
        let life = WallTime::from_unix(expires).until_from(wall);
        let wish = (life * 3 / 4).min(life.saturating_sub(RENEWAL_MARGIN));
        Some(wish.max(life / 2))
    }

    /// How long to wait after a failed renewal; none when the token is over by then.
    pub(crate) fn renewal_retry_in(&self, wall: WallTime) -> Option<Duration> {
        let expires = self.held.as_ref()?.expires?;
        let life = WallTime::from_unix(expires).until_from(wall);
        let pause = (life / 2).max(RENEWAL_RETRY);
        (pause < life).then_some(pause)
    }

    /// When the token in hand expires.
    pub(crate) fn expires(&self) -> Option<u64> {
        self.held.as_ref()?.expires
    }
}

impl Held {
    fn is_fresh(&self, wall: WallTime) -> bool {
        self.expires
            .is_none_or(|expires| WallTime::from_unix(expires).until_from(wall) > WORTH_SENDING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(expires: u64) -> SignInDesk {
        let mut desk = SignInDesk::default();
        desk.accept(TokenGrant {
            request: 1,
            username: "AzureAD".into(),
            token: AccessToken::new("t".into()),
            account: None,
            expires: Some(expires),
            silent: true,
            once: false,
        });
        desk
    }

    #[test]
    fn renewal_comes_at_three_quarters_and_leaves_ten_minutes_where_life_allows() {
        for (life, expected) in [
            (3600, 2700),
            (1800, 1200),
            (900, 450),
            (60, 30),
            (7200, 5400),
        ] {
            let wall = WallTime::from_unix(1000);
            assert_eq!(
                desk(1000 + life).renewal_in(wall),
                Some(Duration::from_secs(expected)),
                "a life of {life} s"
            );
        }
    }

    #[test]
    fn a_token_about_to_expire_is_not_sent() {
        let wall = WallTime::from_unix(1000);
        assert!(desk(1031).has_fresh(wall));
        assert!(!desk(1030).has_fresh(wall));
        assert!(desk(1030).credentials(wall, 0).is_none());
    }

    #[test]
    fn a_session_token_goes_only_to_the_gateway_that_gave_it() {
        let wall = WallTime::from_unix(1000);
        let mut desk = desk(2000);
        let token = Credentials {
            username: "ana".into(),
            password: Zeroizing::new("SESS".into()),
        };
        desk.keep_session_token(token, 1);
        let name = |got: Option<(String, Zeroizing<String>)>| got.map(|(name, _)| name);
        assert_eq!(name(desk.credentials(wall, 1)).as_deref(), Some("ana"));
        assert!(desk.sent_session_token());
        assert_eq!(name(desk.credentials(wall, 0)).as_deref(), Some("AzureAD"));
        assert!(!desk.sent_session_token() && desk.forget_session_token());
        assert_eq!(name(desk.credentials(wall, 1)).as_deref(), Some("AzureAD"));
    }

    #[test]
    fn failed_renewals_are_retried_while_there_is_life() {
        let wall = WallTime::from_unix(1000);
        assert_eq!(
            desk(1600).renewal_retry_in(wall),
            Some(Duration::from_secs(300))
        );
        assert_eq!(desk(1050).renewal_retry_in(wall), None);
    }
}
