//! A flood of first packets from addresses that do not exist. Alone in its program, so that its memory is its own.

mod common;

use common::{Seeded, WALL, static_key};
use spoke_engine::{
    Answer, AnswerLimit, ClientKeyPolicy, Side, StatelessConfig, StatelessHandshake,
    TlsCryptV2Server, Wrap, Wrapping, seal_client_key,
};
use spoke_moment::Moment;
use spoke_wire::{ClientKeyMetadata, FirstByte, Opcode, SessionId, TlsCryptV2ServerKey};
use std::time::Duration;

/// Spoofed packets.
const FLOOD: u32 = 100_000;

#[test]
fn a_flood_of_spoofed_resets_leaves_nothing_behind_and_makes_no_session() {
    let key = TlsCryptV2ServerKey::from_bytes(&[9; 128]);
    let client = seal_client_key(&key, static_key(), &ClientKeyMetadata::Created(1)).unwrap();
    let accepts = ClientKeyPolicy::Any;
    let server = Wrapping::TlsCryptV2Server(TlsCryptV2Server { key, accepts });
    let mut config = StatelessConfig::new(server);
    config.answers = AnswerLimit {
        count: 1,
        per: Duration::ZERO,
    };
    let mut handshake = StatelessHandshake::new(config, &mut Seeded(8));
    let first = FirstByte {
        opcode: Opcode::HardResetClientV3,
        key_id: 0,
    };
    let own = SessionId::new([5; 8]).unwrap();
    let mut client = Wrap::new(&Wrapping::TlsCryptV2Client(client), Side::Client);
    let reset = client.wrap(WALL, first, own, &[0; 5]).unwrap();
    let mut flood = |count: u32| {
        for n in 0..count {
            let now = Moment::from_origin(Duration::from_millis(n.into()));
            let answer = handshake.handle_packet(now, WALL, &n.to_be_bytes(), &reset);
            assert!(matches!(answer, Answer::Reply(_)), "{answer:?}");
        }
    };
    flood(FLOOD / 20);
    let before = resident_pages();
    flood(FLOOD);
    let grown = resident_pages().saturating_sub(before);
    assert!(grown < 64, "{grown} pages");
}

/// Pages of memory that this process has.
#[expect(
    clippy::disallowed_methods,
    reason = "the system knows how much memory is used"
)]
fn resident_pages() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split(' ').nth(1);
    pages
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}
