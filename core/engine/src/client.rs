use crate::config::ClientConfig;
use crate::error::{Error, Refusal};
use crate::install::install;
use crate::link::Link;
use crate::output::{Credentials, Output};
use crate::phase::{Active, AwaitPush, Exchanged, Phase, Place};
use crate::role::{Agreed, Context};
use crate::tls::Tls;
use crate::{Cipher, Side};
use spoke_wire::{
    AuthFailure, AuthToken, Configuration, ControlMessage, DataHeader, DynamicChallenge,
    ForeignPayload, KeyExchange, ProtocolBits, PushJoiner, PushReply, PushText, PushUpdate,
    cipher_in_options, readable,
};
use std::time::Duration;
use zeroize::Zeroizing;

/// More farewells than this help nobody.
const MOST_EXIT_NOTICES: u32 = 10;

/// What only a client has and does.
pub(crate) struct ClientSide {
    config: ClientConfig,
    supplied: Option<Credentials>,
    /// Whether credentials were asked for and are still due.
    asked: bool,
    /// The user name that was sent, for use with a token.
    username: String,
    token: Option<Token>,
    /// Whether the newest key exchange was done with the token.
    by_token: bool,
    joiner: PushJoiner,
    update_joiner: PushJoiner,
    configuration: Configuration,
    agreed: Option<Agreed>,
}

/// What the gateway gave out in place of the password.
struct Token {
    username: Option<String>,
    password: AuthToken,
}

impl ClientSide {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self {
            config,
            supplied: None,
            asked: false,
            username: String::new(),
            token: None,
            by_token: false,
            joiner: PushJoiner::default(),
            update_joiner: PushJoiner::default(),
            configuration: Configuration::default(),
            agreed: None,
        }
    }

    pub(crate) const fn config(&self) -> &ClientConfig {
        &self.config
    }

    pub(crate) const fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    pub(crate) fn start_tls(&self) -> Result<Tls, Error> {
        Tls::client(&self.config.tls, self.config.server_name.clone())
    }

    /// Asks for credentials, unless none are needed, some are there, or it was asked already.
    pub(crate) fn ask(&mut self, renegotiation: bool, context: &mut Context<'_>) {
        let by_token = renegotiation && self.token.is_some();
        if self.config.with_credentials && !by_token && !self.asked && self.supplied.is_none() {
            self.asked = true;
            context
                .events
                .push_back(Output::CredentialsWanted { renegotiation });
        }
    }

    /// Takes credentials for the key exchange to come. Those that an established connection did not ask
    /// for are dropped: they would be stale by the time of the next one.
    pub(crate) fn supply(&mut self, credentials: Credentials) {
        if self.asked || self.agreed.is_none() {
            self.asked = false;
            self.supplied = Some(credentials);
        }
    }

    /// Whether a key exchange waits for the caller.
    pub(crate) const fn lacks_credentials(&self) -> bool {
        self.asked
    }

    /// The key exchange that wanted credentials is over.
    pub(crate) fn stop_asking(&mut self) {
        self.asked = false;
        self.supplied = None;
    }

    /// Our message of the key exchange, once there are credentials for it.
    pub(crate) fn key_exchange(
        &mut self,
        first: bool,
        context: &mut Context<'_>,
    ) -> Option<KeyExchange> {
        let (username, password) = self.credentials(first, context)?;
        let mut message = KeyExchange {
            pre_master: Some([0; 48]),
            random1: [0; 32],
            random2: [0; 32],
            options: self.config.options(),
            username,
            password,
            peer_info: Some(self.config.peer_info()),
        };
        if let Some(secret) = &mut message.pre_master {
            context.entropy.fill(secret);
        }
        context.entropy.fill(&mut message.random1);
        context.entropy.fill(&mut message.random2);
        Some(message)
    }

    fn credentials(
        &mut self,
        first: bool,
        context: &mut Context<'_>,
    ) -> Option<(Option<String>, Option<String>)> {
        if !self.config.with_credentials {
            return Some((None, None));
        }
        if let Some(Credentials { username, password }) = self.supplied.take() {
            self.username.clone_from(&username);
            self.by_token = false;
            return Some((Some(username), Some(String::clone(&password))));
        }
        if !first && let Some(token) = &self.token {
            self.by_token = true;
            let username = token.username.as_ref().unwrap_or(&self.username).clone();
            return Some((Some(username), Some(token.password.reveal().to_owned())));
        }
        self.ask(!first, context);
        None
    }

    /// Both key exchange messages are there: the first time a configuration must come, later it holds.
    pub(crate) fn exchanged(
        &mut self,
        place: Place,
        exchanged: Exchanged,
        link: &mut Link,
        context: &mut Context<'_>,
    ) -> Result<Phase, Error> {
        let Some(agreed) = &self.agreed else {
            let transport = self.config.transport.in_options();
            let options = &exchanged.server.options;
            if let Some(foreign) = ForeignPayload::in_options(options, transport) {
                return Err(Refusal::Payload(foreign).into());
            }
            // OpenVPN's server has its configuration ready when its key exchange is acknowledged. If the request
            // rode with that, it would have to be acknowledged by itself before, and Nagle's algorithm would hold
            // the configuration back behind that for a round trip; in two packets the acknowledgement of the
            // request rides with the configuration. OpenVPN's client also sends two, the second a second later.
            link.acknowledge_apart();
            link.say(&ControlMessage::PushRequest)?;
            return Ok(Phase::AwaitPush(AwaitPush {
                exchanged,
                since: context.now,
                held: None,
            }));
        };
        install(place, Side::Client, &exchanged, agreed, link, context)?;
        Ok(Phase::Active(Active))
    }

    /// Adds a part of a configuration; gives the whole once it is there.
    pub(crate) fn join(&mut self, part: &PushText) -> Result<Option<PushText>, Error> {
        match self.joiner.add(part)? {
            Some(whole) => {
                let passed = self.config.push_filter.pass(&whole);
                Ok(Some(passed.map_err(Refusal::Filtered)?))
            }
            None => Ok(None),
        }
    }

    /// Adds a part of an update; gives the whole once it is there.
    pub(crate) fn join_update(&mut self, part: &PushText) -> Result<Option<PushUpdate>, Error> {
        match self.update_joiner.add(part)? {
            Some(whole) => {
                let update = PushUpdate::parse(&whole)?;
                let passed = self.config.push_filter.pass_update(update);
                Ok(Some(passed.map_err(Refusal::Filtered)?))
            }
            None => Ok(None),
        }
    }

    /// Takes over a token that came with a configuration, and tells the caller.
    pub(crate) fn take_token(&mut self, reply: &PushReply, context: &mut Context<'_>) {
        let Some(token) = &reply.auth_token else {
            return;
        };
        let known = self.token.take().and_then(|token| token.username);
        let username = reply.auth_token_user.clone().or(known);
        context.events.push_back(Output::TokenGiven(Credentials {
            username: username.as_ref().unwrap_or(&self.username).clone(),
            password: Zeroizing::new(token.reveal().to_owned()),
        }));
        self.token = Some(Token {
            username,
            password: token.clone(),
        });
    }

    /// Whether a configuration that came unasked says anything but a token, and something else than the one in force.
    pub(crate) fn would_change(&self, text: &PushText) -> bool {
        let other = Configuration::new(text);
        other != Configuration::default() && other != self.configuration
    }

    /// Merges an update into the configuration in force; gives the whole if it is another one now.
    pub(crate) fn update(&mut self, update: &PushUpdate) -> Result<Option<PushReply>, Error> {
        let merged = self.configuration.merge(update)?;
        if merged == self.configuration {
            return Ok(None);
        }
        let reply = merged.reply()?;
        self.configuration = merged;
        Ok(Some(reply))
    }

    /// What a refusal means for this client: it may hit the token and not the user's password.
    pub(crate) fn refused(&self, failure: AuthFailure) -> Refusal {
        let knows_temporary = self.config.protocol().has(ProtocolBits::AUTH_FAILED_TEMP);
        match failure {
            AuthFailure::Refused { reason } if self.by_token => {
                Refusal::SessionExpired(text(reason))
            }
            AuthFailure::Refused { reason } => Refusal::Credentials(text(reason)),
            AuthFailure::SessionExpired { reason } => Refusal::SessionExpired(text(reason)),
            AuthFailure::Challenge(challenge) => Refusal::Challenge(DynamicChallenge {
                text: readable(&challenge.text),
                ..challenge
            }),
            // Who did not announce that it knows the form is refused in plain words that happen to look like it.
            AuthFailure::Temporary { .. } if !knows_temporary => {
                Refusal::Credentials(text(failure.encode()))
            }
            AuthFailure::Temporary {
                backoff,
                advance,
                reason,
            } => Refusal::Temporary {
                reason: text(reason),
                backoff: backoff.map(|seconds| Duration::from_secs(seconds.into())),
                advance,
            },
        }
    }

    /// The configuration for the first key is there: keys can be made.
    pub(crate) fn configured(
        &mut self,
        place: Place,
        state: AwaitPush,
        (text, reply): (&PushText, &PushReply),
        link: &Link,
        context: &mut Context<'_>,
    ) -> Result<Phase, Error> {
        let agreed = self.agree(reply, &state.exchanged.server.options)?;
        install(
            place,
            Side::Client,
            &state.exchanged,
            &agreed,
            link,
            context,
        )?;
        self.agreed = Some(agreed);
        self.configuration = Configuration::new(text);
        Ok(Phase::Active(Active))
    }

    fn agree(&self, reply: &PushReply, server_options: &str) -> Result<Agreed, Error> {
        let flags = reply.protocol_flags;
        if flags.dyn_tls_crypt && !self.config.protocol().has(ProtocolBits::DYNAMIC_TLS_CRYPT) {
            return Err(Refusal::NotOffered("dynamic tls-crypt").into());
        }
        let cipher = self.choose_cipher(reply.cipher.as_deref(), server_options)?;
        if flags.aead_epoch && !self.config.protocol().has(ProtocolBits::DATA_EPOCH) {
            return Err(Refusal::NotOffered("data packets with epochs").into());
        }
        let peer_id = reply.peer_id.filter(|id| *id != DataHeader::NO_PEER_ID);
        if flags.aead_epoch && (peer_id.is_none() || !cipher.is_aead()) {
            return Err(
                Refusal::NotOffered("data packets with epochs but without a peer id").into(),
            );
        }
        Ok(Agreed {
            cipher,
            peer_id: reply.peer_id,
            exporter: flags.tls_ekm,
            dynamic_tls_crypt: flags.dyn_tls_crypt,
            exit_message: flags.cc_exit,
            // Once, unless something else is said: the gateway forgets a client sooner that says goodbye.
            exit_notices: reply
                .explicit_exit_notify
                .or(self.config.timing.explicit_exit_notify)
                .unwrap_or(1)
                .min(MOST_EXIT_NOTICES),
            auth: self.config.auth,
            epoch: flags.aead_epoch,
            compression: reply.compression.or(self.config.framing),
        })
    }

    /// The pushed cipher, else the one of the server's options string, else the configured fallback.
    fn choose_cipher(&self, pushed: Option<&str>, options: &str) -> Result<Cipher, Error> {
        let offered = |name: &str| {
            let known = name.parse::<Cipher>().ok();
            known.filter(|cipher| self.config.ciphers.contains(cipher))
        };
        let claimed = cipher_in_options(options);
        let chosen = match pushed {
            Some(name) => offered(name),
            None => claimed.and_then(offered).or(self.config.fallback_cipher),
        };
        chosen.ok_or_else(|| {
            let wanted = pushed.or(claimed).unwrap_or("none by name").to_owned();
            let ours: Vec<&str> = self.config.ciphers.iter().map(|c| c.name()).collect();
            let ours = ours.join(", ");
            Refusal::NoCommonCipher { wanted, ours }.into()
        })
    }
}

/// A text for people, if there is one.
pub(crate) fn text(reason: String) -> Option<String> {
    Some(readable(&reason)).filter(|reason| !reason.is_empty())
}
