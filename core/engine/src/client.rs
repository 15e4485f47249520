use crate::config::ClientConfig;
use crate::error::{Error, Refusal};
use crate::install::install;
use crate::link::Link;
use crate::output::{Credentials, Output};
use crate::phase::{Active, AwaitPush, Exchanged, Phase, Place};
use crate::role::{Agreed, Context};
use crate::tls::Tls;
use crate::{Cipher, Side};
use spoke_wire::{ControlMessage, KeyExchange, PushJoiner, PushReply, PushText, cipher_in_options};
use zeroize::Zeroizing;

/// What only a client has and does.
pub(crate) struct ClientSide {
    config: ClientConfig,
    supplied: Option<Credentials>,
    /// Whether credentials were asked for and are still due.
    asked: bool,
    /// The user name that was sent, for use with a token.
    username: String,
    token: Option<Token>,
    joiner: PushJoiner,
    agreed: Option<Agreed>,
}

/// What the gateway gave out in place of the password.
struct Token {
    username: Option<String>,
    password: Zeroizing<String>,
}

impl ClientSide {
    pub(crate) fn new(config: ClientConfig) -> Self {
        Self {
            config,
            supplied: None,
            asked: false,
            username: String::new(),
            token: None,
            joiner: PushJoiner::default(),
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
            return Some((Some(username), Some(String::clone(&password))));
        }
        if !first && let Some(token) = &self.token {
            let username = token.username.as_ref().unwrap_or(&self.username).clone();
            return Some((Some(username), Some(String::clone(&token.password))));
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
            link.say(&ControlMessage::PushRequest)?;
            let held = None;
            return Ok(Phase::AwaitPush(AwaitPush { exchanged, held }));
        };
        install(place, Side::Client, &exchanged, agreed, link, context)?;
        Ok(Phase::Active(Active))
    }

    /// Adds a part of a configuration; gives the whole once it is there.
    pub(crate) fn join(&mut self, part: &PushText) -> Result<Option<PushReply>, Error> {
        let Some(reply) = self.joiner.add_reply(part)? else {
            return Ok(None);
        };
        if let Some(token) = &reply.auth_token {
            let username = reply.auth_token_user.clone();
            let known = self.token.take().and_then(|token| token.username);
            self.token = Some(Token {
                username: username.or(known),
                password: Zeroizing::new(token.reveal().to_owned()),
            });
        }
        Ok(Some(reply))
    }

    /// The configuration for the first key is there: keys can be made.
    pub(crate) fn configured(
        &mut self,
        place: Place,
        state: AwaitPush,
        reply: &PushReply,
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
        Ok(Phase::Active(Active))
    }

    fn agree(&self, reply: &PushReply, server_options: &str) -> Result<Agreed, Error> {
        let flags = reply.protocol_flags;
        if flags.dyn_tls_crypt {
            return Err(Refusal::NotOffered("dynamic tls-crypt").into());
        }
        if flags.aead_epoch {
            return Err(Refusal::NotOffered("the epoch data format").into());
        }
        if reply.compression.is_some() {
            return Err(Refusal::NotOffered("compression framing").into());
        }
        Ok(Agreed {
            cipher: self.choose_cipher(reply.cipher.as_deref(), server_options)?,
            peer_id: reply.peer_id,
            exporter: flags.tls_ekm,
            exit_message: flags.cc_exit,
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
