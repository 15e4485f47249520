use crate::client::ClientSide;
use crate::error::Error;
use crate::link::Link;
use crate::output::Output;
use crate::role::{Context, Role};
use crate::server::ServerSide;
use spoke_moment::Moment;
use spoke_wire::KeyExchange;
use zeroize::Zeroizing;

/// Where the negotiation of one key stands, named for what it awaits.
#[derive(Default)]
pub(crate) enum Phase {
    AwaitReset(AwaitReset),
    AwaitTls(AwaitTls),
    AwaitKeys(AwaitKeys),
    AwaitPush(AwaitPush),
    Active(Active),
    /// Failed on the way from one to the next.
    #[default]
    Over,
}

/// The peer's first message.
pub(crate) struct AwaitReset;

/// The end of the TLS handshake.
pub(crate) struct AwaitTls;

/// Both key exchange messages.
#[derive(Default)]
pub(crate) struct AwaitKeys {
    pub(crate) own: Option<KeyExchange>,
    pub(crate) peer: Option<KeyExchange>,
}

/// What turns key material into keys: the client awaits the configuration, the server its caller's verdict.
pub(crate) struct AwaitPush {
    pub(crate) exchanged: Exchanged,
    /// Since when.
    pub(crate) since: Moment,
    /// Server: our own message where it waits for the verdict, so that a renewing client cannot
    /// send with a key that this end does not have yet.
    pub(crate) held: Option<Zeroizing<Vec<u8>>>,
}

/// Data keys are installed.
pub(crate) struct Active;

/// Both key exchange messages, by role.
pub(crate) struct Exchanged {
    pub(crate) client: KeyExchange,
    pub(crate) server: KeyExchange,
}

impl AwaitTls {
    /// Goes on once TLS is up.
    pub(crate) fn advance(
        self,
        first: bool,
        link: &Link,
        context: &mut Context<'_>,
    ) -> Result<Phase, Error> {
        let tls = link.tls()?;
        if tls.is_handshaking() {
            return Ok(Phase::AwaitTls(self));
        }
        if first {
            let (version, suite) = tls.agreed();
            context
                .events
                .push_back(Output::TlsEstablished { version, suite });
        }
        Ok(Phase::AwaitKeys(AwaitKeys::default()))
    }
}

impl AwaitPush {
    /// Sends our own message if it was held back.
    pub(crate) fn release(&mut self, link: &mut Link) -> Result<(), Error> {
        match self.held.take() {
            Some(message) => link.write(&message),
            None => Ok(()),
        }
    }
}

impl AwaitKeys {
    /// Goes on once both messages are there.
    pub(crate) fn advance(
        mut self,
        place: Place,
        link: &mut Link,
        role: &mut Role,
        context: &mut Context<'_>,
    ) -> Result<Phase, Error> {
        match role {
            Role::Client(client) => self.advance_client(place, link, client, context),
            Role::Server(server) => {
                self.peer = take_exchange(link, KeyExchange::decode_client)?;
                self.advance_server(place, link, server, context)
            }
        }
    }

    fn advance_client(
        mut self,
        place: Place,
        link: &mut Link,
        client: &mut ClientSide,
        context: &mut Context<'_>,
    ) -> Result<Phase, Error> {
        if self.own.is_none()
            && let Some(own) = client.key_exchange(place.first, context)
        {
            link.write(&own.encode().map_err(Error::unsendable)?)?;
            self.own = Some(own);
        }
        // A refusal may come as text in place of the key exchange.
        let is_text = link.plaintext().first().is_some_and(|byte| *byte != 0);
        if self.peer.is_none() && !is_text {
            self.peer = take_exchange(link, KeyExchange::decode_server)?;
        }
        match (self.own, self.peer) {
            (Some(client_message), Some(server_message)) => {
                let exchanged = Exchanged {
                    client: client_message,
                    server: server_message,
                };
                client.exchanged(place, exchanged, link, context)
            }
            (own, peer) => Ok(Phase::AwaitKeys(Self { own, peer })),
        }
    }

    fn advance_server(
        mut self,
        place: Place,
        link: &mut Link,
        server: &mut ServerSide,
        context: &mut Context<'_>,
    ) -> Result<Phase, Error> {
        let Some(client) = self.peer.take() else {
            return Ok(Phase::AwaitKeys(self));
        };
        let own = server.key_exchange(context);
        let mut held = Some(own.encode().map_err(Error::unsendable)?);
        if place.first
            && let Some(message) = held.take()
        {
            link.write(&message)?;
        }
        let exchanged = Exchanged {
            client,
            server: own,
        };
        server.check(place, &exchanged, link, context)?;
        let since = context.now;
        Ok(Phase::AwaitPush(AwaitPush {
            exchanged,
            since,
            held,
        }))
    }
}

/// Which negotiation a step belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) key_id: u8,
    /// The connection's first one, or a renegotiation.
    pub(crate) first: bool,
}

type Decode = fn(&[u8]) -> Result<Option<(KeyExchange, usize)>, spoke_wire::KeyExchangeError>;

fn take_exchange(link: &mut Link, decode: Decode) -> Result<Option<KeyExchange>, Error> {
    Ok(match decode(link.plaintext())? {
        Some((message, used)) => {
            link.consume(used);
            Some(message)
        }
        None => None,
    })
}
