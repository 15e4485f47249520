use crate::config::ServerConfig;
use crate::error::{Error, Refusal};
use crate::install::install;
use crate::link::Link;
use crate::output::{Check, Output};
use crate::phase::{Active, AwaitPush, Exchanged, Phase, Place};
use crate::role::{Agreed, Context};
use crate::tls::Tls;
use crate::{Cipher, Side};
use spoke_wire::{
    Compression, ControlMessage, DataHeader, ForeignPayload, KeyExchange, PeerInfo, ProtocolBits,
    ProtocolFlags, PushReply, PushText, cipher_in_options,
};
use zeroize::Zeroizing;

/// What only a server has and does.
pub(crate) struct ServerSide {
    config: ServerConfig,
    agreed: Option<Agreed>,
    /// What the client can do, from its first peer info.
    abilities: ProtocolBits,
    /// The user of the first key, who may not change.
    username: Option<String>,
    requested: bool,
    /// The configuration that waits to be sent.
    push: Option<Vec<PushText>>,
}

impl ServerSide {
    pub(crate) const fn new(config: ServerConfig) -> Self {
        Self {
            config,
            agreed: None,
            abilities: ProtocolBits(0),
            username: None,
            requested: false,
            push: None,
        }
    }

    pub(crate) const fn config(&self) -> &ServerConfig {
        &self.config
    }

    pub(crate) const fn agreed(&self) -> Option<&Agreed> {
        self.agreed.as_ref()
    }

    /// What the client can do.
    pub(crate) const fn abilities(&self) -> ProtocolBits {
        self.abilities
    }

    pub(crate) fn start_tls(&self) -> Result<Tls, Error> {
        Tls::server(&self.config.tls)
    }

    /// Our message of the key exchange.
    pub(crate) fn key_exchange(&self, context: &mut Context<'_>) -> KeyExchange {
        let mut message = KeyExchange {
            pre_master: None,
            random1: [0; 32],
            random2: [0; 32],
            options: self.config.options(),
            username: None,
            password: None,
            peer_info: None,
        };
        context.entropy.fill(&mut message.random1);
        context.entropy.fill(&mut message.random2);
        message
    }

    /// Asks the caller about the client's credentials.
    pub(crate) fn check(
        &mut self,
        place: Place,
        exchanged: &Exchanged,
        link: &Link,
        context: &mut Context<'_>,
    ) -> Result<(), Error> {
        let client = &exchanged.client;
        let peer_info = PeerInfo::parse(client.peer_info.as_deref().unwrap_or_default());
        if place.first {
            self.abilities = peer_info.protocol();
        }
        context.events.push_back(Output::CheckCredentials(Check {
            key_id: place.key_id,
            username: client.username.clone().unwrap_or_default(),
            password: Zeroizing::new(client.password.clone().unwrap_or_default()),
            peer_info,
            options: client.options.clone(),
            certificates: link.tls()?.peer_certificates(),
            client_key: context.conduit.client_key_metadata().cloned(),
            renegotiation: !place.first,
        }));
        Ok(())
    }

    /// The caller lets the client in: makes keys, and keeps the configuration until it is wanted.
    pub(crate) fn accept(
        &mut self,
        place: Place,
        mut state: AwaitPush,
        mut push: PushReply,
        link: &mut Link,
        context: &mut Context<'_>,
    ) -> Result<Phase, Error> {
        state.release(link)?;
        let client = &state.exchanged.client;
        let agreed = match self.agreed {
            Some(agreed) => {
                if client.username != self.username {
                    return Err(Refusal::UserChanged.into());
                }
                agreed
            }
            None => {
                let info = PeerInfo::parse(client.peer_info.as_deref().unwrap_or_default());
                let agreed = self.agree(&info, &client.options, push.compression)?;
                self.username.clone_from(&client.username);
                self.complete(&mut push, &agreed, &info);
                agreed
            }
        };
        install(
            place,
            Side::Server,
            &state.exchanged,
            &agreed,
            link,
            context,
        )?;
        if place.first {
            self.agreed = Some(agreed);
            self.push = Some(push.to_parts().map_err(unsendable)?);
        } else if push != PushReply::default() {
            for part in push.to_parts().map_err(unsendable)? {
                link.say(&ControlMessage::PushReply(part))?;
            }
        }
        Ok(Phase::Active(Active))
    }

    /// The client wants its configuration.
    pub(crate) const fn request(&mut self) {
        self.requested = true;
    }

    /// Sends the configuration once, when it is there and the client has asked for it or takes it unasked.
    pub(crate) fn push(&mut self, link: &mut Link) -> Result<(), Error> {
        let unasked = self.abilities.has(ProtocolBits::REQUEST_PUSH) && link.all_acknowledged();
        if !self.requested && !unasked {
            return Ok(());
        }
        for part in self.push.take().unwrap_or_default() {
            link.say(&ControlMessage::PushReply(part))?;
        }
        link.flush()
    }

    fn agree(
        &self,
        info: &PeerInfo,
        options: &str,
        compression: Option<Compression>,
    ) -> Result<Agreed, Error> {
        let transport = self.config.transport.in_options();
        if let Some(foreign) = ForeignPayload::in_options(options, transport) {
            return Err(Refusal::Payload(foreign).into());
        }
        let bits = info.protocol().without(self.config.withheld);
        // Clients of OpenVPN 2.4 say 2 and mean that they understand a peer-id.
        let has_peer_id =
            bits.0 >= ProtocolBits::DATA_V2.0 && !self.config.withheld.has(ProtocolBits::DATA_V2);
        let cipher = self.choose_cipher(info, options)?;
        // The last of each says that `protocol-flags` are understood.
        let epochs = ProtocolBits::DATA_EPOCH | ProtocolBits::DATA_V2 | ProtocolBits::EXIT_MESSAGE;
        let dynamic = ProtocolBits::TLS_KEY_EXPORT
            | ProtocolBits::DYNAMIC_TLS_CRYPT
            | ProtocolBits::EXIT_MESSAGE;
        Ok(Agreed {
            cipher,
            peer_id: has_peer_id.then_some(self.config.peer_id & DataHeader::NO_PEER_ID),
            exporter: bits.has(ProtocolBits::TLS_KEY_EXPORT),
            dynamic_tls_crypt: bits.has(dynamic),
            exit_message: bits.has(ProtocolBits::EXIT_MESSAGE),
            exit_notices: 1,
            auth: self.config.auth,
            epoch: bits.has(epochs) && cipher.is_aead(),
            compression,
        })
    }

    /// The first of ours that the client takes: one of its list, or, where it sends no list of its own (OpenVPN 2.4 and
    /// before), the one in its options string too. A client that cannot negotiate and names none there has what the
    /// fallback is for.
    fn choose_cipher(&self, info: &PeerInfo, options: &str) -> Result<Cipher, Error> {
        let (ciphers, fallback) = (&self.config.ciphers, self.config.fallback_cipher);
        let theirs = info.ciphers();
        let named = cipher_in_options(options);
        let own = named.filter(|_| info.value("IV_CIPHERS").is_none());
        let chosen = match (theirs.is_empty(), named) {
            (false, _) => ciphers.iter().copied().find(|cipher| {
                theirs
                    .iter()
                    .chain(&own)
                    .any(|name| is_called(*cipher, name))
            }),
            (true, Some(name)) => ciphers
                .iter()
                .copied()
                .chain(fallback)
                .find(|cipher| is_called(*cipher, name)),
            (true, None) => fallback,
        };
        chosen.ok_or_else(|| {
            let ours: Vec<&str> = ciphers.iter().map(|c| c.name()).collect();
            let wanted = match theirs.is_empty() {
                true => named.unwrap_or("none by name").to_owned(),
                false => theirs.join(", "),
            };
            let ours = ours.join(", ");
            Refusal::NoCommonCipher { wanted, ours }.into()
        })
    }

    /// Adds what both ends must know to what the caller wants.
    fn complete(&self, push: &mut PushReply, agreed: &Agreed, info: &PeerInfo) {
        push.peer_id = agreed.peer_id;
        push.protocol_flags = ProtocolFlags::default();
        push.protocol_flags.tls_ekm = agreed.exporter;
        push.protocol_flags.dyn_tls_crypt = agreed.dynamic_tls_crypt;
        push.protocol_flags.cc_exit = agreed.exit_message;
        push.protocol_flags.aead_epoch = agreed.epoch;
        push.cipher = (!info.ciphers().is_empty()).then(|| agreed.cipher.name().to_owned());
    }
}

fn is_called(cipher: Cipher, name: &str) -> bool {
    name.eq_ignore_ascii_case(cipher.name())
}

fn unsendable(error: spoke_wire::PushError) -> Error {
    Error::Local(format!("the configuration cannot be pushed: {error}"))
}
