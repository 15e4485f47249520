use crate::credentials::{NAME, SimIdentity};
use spoke_engine::trust::ServerTrust;
use spoke_engine::{Cipher, DataChannel, Digest, KeyBlock, Side};
use spoke_wire::{
    AuthFailure, Compression, Configuration, Control, ControlMessage, DataHeader, FirstByte,
    ForeignPayload, KeyExchange, MessageReader, PeerInfo, PlainLayout, PushReply, PushText,
    PushUpdate, SignInStep, StaticKey, StreamFramer, TlsAuthLayout, TransportName,
    cipher_in_options, quote_word, split_option,
};
use std::sync::OnceLock;

/// A control packet in each wrapping: what can be read is written to the same bytes.
pub fn control_packet(data: &[u8]) {
    if let Ok(plain) = PlainLayout::split(data) {
        assert_eq!(plain.join(), data);
        control(plain.first, plain.rest);
    }
    for digest in [20, 32, 64] {
        if let Ok(fields) = TlsAuthLayout::new(digest).split(data) {
            assert_eq!(fields.join(), data);
            control(fields.first, fields.rest);
        }
    }
}

fn control(first: FirstByte, rest: &[u8]) {
    if let Ok(control) = Control::decode(first.opcode, rest) {
        let mut again = Vec::new();
        control.encode(&mut again);
        assert_eq!(again, rest);
    }
}

/// A stream in pieces: the packets are those of the stream in one piece. The first byte says how it is cut.
pub fn framer(data: &[u8]) {
    let Some((cut, stream)) = data.split_first() else {
        return;
    };
    let whole = frames(stream, stream.len().max(1));
    let pieces = frames(stream, usize::from(*cut).max(1));
    assert_eq!(whole, pieces);
    let total: usize = whole.0.iter().map(|frame| frame.len() + 2).sum();
    assert!(total <= stream.len());
}

fn frames(stream: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
    let mut framer = StreamFramer::new(300);
    let mut frames = Vec::new();
    for piece in stream.chunks(piece) {
        let mut rest = piece;
        while !rest.is_empty() {
            let taken = framer.push(rest);
            rest = rest.get(taken..).unwrap_or_default();
            loop {
                match framer.next_frame() {
                    Ok(Some(frame)) => frames.push(frame.to_vec()),
                    Ok(None) => break,
                    Err(_) => return (frames, true),
                }
            }
        }
    }
    (frames, false)
}

/// Key exchange messages of both sides, and the texts in them.
pub fn key_exchange(data: &[u8]) {
    for decode in [KeyExchange::decode_client, KeyExchange::decode_server] {
        if let Ok(Some((message, used))) = decode(data) {
            assert!(used <= data.len());
            let encoded = message.encode();
            let again = encoded.as_ref().map(|bytes| decode(bytes));
            if let Ok(Ok(Some((again, _)))) = again {
                assert!(again.random1 == message.random1 && again.password == message.password);
            }
            let info = PeerInfo::parse(message.peer_info.as_deref().unwrap_or_default());
            assert_eq!(
                PeerInfo::parse(&info.to_string()).to_string(),
                info.to_string()
            );
            let _ = cipher_in_options(&message.options);
            let _ = ForeignPayload::in_options(&message.options, TransportName::Udp);
        }
    }
}

/// A pushed configuration: what can be sent on is read again as the same.
pub fn push_reply(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let text = PushText::new(text);
    let Ok(reply) = PushReply::parse(&text) else {
        return;
    };
    let Ok(parts) = reply.to_parts() else {
        return;
    };
    let mut joiner = spoke_wire::PushJoiner::default();
    let mut again = None;
    for part in parts {
        assert!(ControlMessage::PushReply(part.clone()).encode().len() <= 1024);
        again = joiner.add_reply(&part).unwrap_or_default();
    }
    assert_eq!(again, Some(reply));
}

/// An update: what can be sent on is read again as the same, and merging it gives a configuration or a reason.
pub fn push_update(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (before, text) = text.split_once('\n').unwrap_or(("", text));
    let Ok(update) = PushUpdate::parse(&PushText::new(text)) else {
        return;
    };
    let again = PushUpdate::parse(&PushText::new(update.to_options().join(",")));
    assert_eq!(again.as_ref(), Ok(&update));
    let before = Configuration::new(&PushText::new(before));
    if let Ok(after) = before.merge(&update) {
        assert!(after.reply().is_ok());
        // Merging the same once more changes nothing.
        assert_eq!(after.merge(&update), Ok(after));
    }
}

/// The instructions of a sign-in: only https addresses get through, and what was read is written to the same.
pub fn sign_in_step(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(step) = SignInStep::parse(text) {
        if let SignInStep::Web(web) = &step {
            assert!(web.url.to_ascii_lowercase().starts_with("https://"));
        }
        assert_eq!(SignInStep::parse(&step.encode()), Ok(step));
    }
}

/// What follows `AUTH_FAILED`: what was read is written to the same, and a challenge's state is never printed.
pub fn auth_failure(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let failure = AuthFailure::parse(text);
    assert_eq!(AuthFailure::parse(&failure.encode()), failure);
    if let AuthFailure::Challenge(challenge) = &failure {
        assert!(challenge.password("x").starts_with("CRV1::"));
    }
}

/// Text messages, cut at each NUL.
pub fn control_message(data: &[u8]) {
    let mut reader = MessageReader::default();
    if reader.add(data).is_err() {
        return;
    }
    while let Some(message) = reader.next() {
        if let Ok(message) = message {
            let encoded = message.encode();
            let text = encoded.strip_suffix(&[0]).unwrap_or_default();
            assert_eq!(ControlMessage::parse(text), Ok(message));
        }
    }
}

/// Lines of options: words survive being quoted.
pub fn options(data: &[u8]) {
    let Ok(line) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(words) = split_option(line) {
        let quoted: Vec<String> = words.iter().map(|word| quote_word(word)).collect();
        // The first word may lose a leading "--" once more.
        let again = split_option(&format!("name {}", quoted.join(" ")));
        let expected: Vec<String> = std::iter::once("name".to_owned()).chain(words).collect();
        assert_eq!(again, Ok(expected));
    }
}

/// Key files.
pub fn static_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(key) = StaticKey::parse(text) {
        assert_eq!(StaticKey::parse(&key.to_text()), Ok(key));
    }
    if let Ok(key) = StaticKey::parse_hex(text) {
        assert_eq!(StaticKey::parse(&key.to_text()), Ok(key));
    }
}

/// Data packets in every cipher, format and framing: no foreign bytes open, nor does a genuine packet with a bit
/// changed, and the genuine one still does afterwards. The first byte picks the channel, the second the bit.
pub fn data_packet(data: &[u8]) {
    let [choice, bit, packet @ ..] = data else {
        return;
    };
    let channel = channel(*choice);
    // A key and a payload of its own for each: else the genuine packet of another would be a forgery that opens.
    let block = KeyBlock::from_exporter(&[choice.wrapping_add(7); 256]);
    let client = block.data_channel(&channel, Side::Client);
    let server = block.data_channel(&channel, Side::Server);
    let (Ok((mut sealer, _)), Ok((_, mut opener))) = (client, server) else {
        return;
    };
    let payload = b"spoke".as_slice();
    let Ok(genuine) = sealer.seal_copy(payload) else {
        return;
    };
    if packet != genuine {
        assert!(opener.open(&mut packet.to_vec()).is_err());
    }
    // The peer id before a CBC packet is not covered by its HMAC.
    let covered = if channel.cipher.is_aead() { 0 } else { 4 };
    let mut changed = genuine.clone();
    let place = covered + usize::from(bit / 8) % (genuine.len() - covered);
    if let Some(byte) = changed.get_mut(place) {
        *byte ^= 1 << (bit % 8);
    }
    assert!(opener.open(&mut changed).is_err());
    assert_eq!(
        opener.open(&mut genuine.clone()),
        Ok(payload.to_vec().as_mut_slice())
    );
}

fn channel(choice: u8) -> DataChannel {
    let choice = usize::from(choice);
    let cipher = Cipher::ALL.get(choice % 7).copied();
    let cipher = cipher.unwrap_or(Cipher::Aes256Gcm);
    let header = DataHeader::V2 {
        key_id: 0,
        peer_id: 1,
    };
    let framings = [
        None,
        Some(Compression::LzoStub),
        Some(Compression::Stub),
        Some(Compression::StubV2),
    ];
    DataChannel {
        auth: Digest::Sha256,
        epoch: cipher.is_aead() && choice / 7 % 2 == 1,
        compression: framings.get(choice / 14 % 4).copied().flatten(),
        ..DataChannel::new(cipher, header)
    }
}

/// Certificates: none is trusted but those of the simulated root.
pub fn certificate(data: &[u8]) {
    static TRUST: OnceLock<Option<ServerTrust>> = OnceLock::new();
    let trust = TRUST.get_or_init(|| SimIdentity::new().ok()?.trust(NAME).ok());
    if let Some(trust) = trust {
        let (leaf, above) = data.split_at(data.len() / 2);
        assert!(trust.check(&[data], SimIdentity::WALL).is_err());
        assert!(trust.check(&[leaf, above], SimIdentity::WALL).is_err());
    }
    if let Some(facts) = spoke_profile::CertificateFacts::read(data) {
        assert!(!facts.subject.contains(char::is_control));
        assert!(!facts.issuer.contains(char::is_control));
    }
}
