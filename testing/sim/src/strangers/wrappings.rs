use spoke_engine::{
    Answer, ClientKeyPolicy, Entropy, Side, StatelessConfig, StatelessHandshake, TlsCryptV2Server,
    Wrap, Wrapping, seal_client_key,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{
    ClientKeyMetadata, Control, EarlyNegotiation, FirstByte, Opcode, PlainLayout, SessionId,
    StaticKey, TlsCryptFields, TlsCryptV2ClientKey, TlsCryptV2ServerKey, WrappedClientKey,
};
use std::collections::BTreeMap;
use std::time::Duration;

const WALL: WallTime = WallTime::from_unix(1_795_426_113);

/// Longest script that is played against a stateless server.
const STEPS: usize = 256;

/// Packets under tls-crypt: none opens but the genuine one, and that still does afterwards.
pub fn tls_crypt(data: &[u8]) {
    if let Ok(fields) = TlsCryptFields::split(data) {
        assert_eq!(fields.join(), data);
    }
    let key = Wrapping::TlsCrypt(StaticKey::from_bytes(&[7; StaticKey::LEN]));
    let genuine = packet(&mut Wrap::new(&key, Side::Client), Opcode::ControlV1);
    only_opens(&key, data, &genuine);
}

/// Packets that carry a client key: none opens but the genuine one, whatever follows its wrapped part.
pub fn client_key(data: &[u8]) {
    if let Some((before, tag, sealed)) = WrappedClientKey::split(data) {
        let wrapped = WrappedClientKey::join(tag, sealed);
        let bytes = wrapped.as_ref().map_or(&[][..], WrappedClientKey::bytes);
        assert_eq!([before, bytes].concat(), data);
    }
    if let Some(metadata) = ClientKeyMetadata::decode(data) {
        assert_eq!(metadata.encode(), data);
    }
    let key = TlsCryptV2ServerKey::from_bytes(&[9; TlsCryptV2ServerKey::LEN]);
    let own = StaticKey::from_bytes(&[7; StaticKey::LEN]);
    let Ok(client) = seal_client_key(&key, own, &ClientKeyMetadata::Created(1)) else {
        return;
    };
    let length = client.wrapped.bytes().len();
    let client = Wrapping::TlsCryptV2Client(client);
    let genuine = packet(
        &mut Wrap::new(&client, Side::Client),
        Opcode::HardResetClientV3,
    );
    let accepts = ClientKeyPolicy::Any;
    let server = Wrapping::TlsCryptV2Server(TlsCryptV2Server { key, accepts });
    only_opens(&server, data, &genuine);
    let (wrapped, _) = genuine.split_at(genuine.len() - length);
    only_opens(&server, &[wrapped, data].concat(), &genuine);
}

fn packet(wrap: &mut Wrap, opcode: Opcode) -> Vec<u8> {
    let first = FirstByte { opcode, key_id: 0 };
    let own = SessionId::from_random([5; 8]);
    wrap.wrap(WALL, first, own, &[0; 5]).unwrap_or_default()
}

fn only_opens(key: &Wrapping, data: &[u8], genuine: &[u8]) {
    let mut server = Wrap::new(key, Side::Server);
    if data != genuine {
        assert!(server.unwrap(WALL, data).is_err());
    }
    assert!(server.unwrap(WALL, genuine).is_ok());
}

/// Key files of tls-crypt-v2.
pub fn tls_crypt_v2_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = TlsCryptV2ClientKey::parse(text) {
        assert_eq!(TlsCryptV2ClientKey::parse(&key.to_text()), Ok(key));
    }
    if let Ok(key) = TlsCryptV2ServerKey::parse(text) {
        assert_eq!(TlsCryptV2ServerKey::parse(&key.to_text()), Ok(key));
    }
}

/// The list in a server's reset.
pub fn early_negotiation(data: &[u8]) {
    if let Ok(said) = EarlyNegotiation::decode(data) {
        assert_eq!(EarlyNegotiation::decode(&said.encode()), Ok(said));
    }
}

/// Plays the bytes as packets from several addresses over time to a server that remembers nothing: it admits only who
/// was given a session id at that address, not long ago.
pub fn stateless(data: &[u8]) {
    let config = StatelessConfig::new(Wrapping::None);
    let mut server = StatelessHandshake::new(config, &mut Zeros);
    let mut seconds = 0;
    // (address, client, server) and when it was given.
    let mut given = BTreeMap::new();
    let mut latest: Option<(SessionId, SessionId)> = None;
    let mut script = data.iter().copied();
    for _ in 0..STEPS {
        let Some(step) = script.next() else { break };
        let mut byte = || script.next().unwrap_or_default();
        let address = [byte() % 4];
        let packet = match step % 4 {
            0 => {
                seconds += u64::from(byte());
                continue;
            }
            1 => [&[0x38][..], &[byte() % 4 + 1; 8], &[0; 5]].concat(),
            2 => third(latest, byte(), byte()),
            _ => (0..byte()).map(|_| byte()).collect(),
        };
        let now = Moment::from_origin(Duration::from_secs(seconds));
        match server.handle_packet(now, WALL, &address, &packet) {
            Answer::Reply(reply) => {
                let ends = ends(&reply);
                latest = ends.map(|(server, client)| (client, server));
                assert!(ends.is_some() && reply.len() <= 2 * packet.len());
                given.insert((address, latest), seconds);
            }
            Answer::Admit(_) => {
                let at = given.get(&(address, ends(&packet))).copied();
                assert!(at.is_some_and(|at| seconds - at < 90), "{at:?} {seconds}");
            }
            Answer::Drop(_) => {}
        }
    }
}

/// The third packet of whoever was answered last, with one byte other than it should be (or not).
fn third(latest: Option<(SessionId, SessionId)>, at: u8, with: u8) -> Vec<u8> {
    let Some((client, server)) = latest else {
        return Vec::new();
    };
    let (client, server) = (client.bytes(), server.bytes());
    let mut packet = [&[0x20][..], client, &[1, 0, 0, 0, 0], server, &[0, 0, 0, 1]].concat();
    let length = packet.len();
    if let Some(byte) = packet.get_mut(usize::from(at) % length) {
        *byte ^= with;
    }
    packet
}

/// Sender and receiver of an unwrapped packet.
fn ends(packet: &[u8]) -> Option<(SessionId, SessionId)> {
    let plain = PlainLayout::split(packet).ok()?;
    let control = Control::decode(plain.first.opcode, plain.rest).ok()?;
    Some((plain.sender, control.receiver?))
}

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(0);
    }
}
