//! A hostile peer in either role: each row of the tables does one thing wrong at one point of a connection that was
//! right until then, and says what must come of it. `docs/hostile.md` is made of the same tables.
//!
//! To write that document anew: `SPOKE_WRITE_DOCS=1 cargo test -p spoke-sim --test hostile`.
#![expect(clippy::expect_used, reason = "a test ends where it cannot go on")]

mod beginnings;
mod configuration;
mod data;
mod document;
mod errors;
mod exchange;
mod fault;
mod host;
mod messages;
mod outside;
mod packets;
mod placed;
mod reliable;
mod renewal;
mod tls;
mod wrapping;

use fault::Fault;
use peak_alloc::PeakAlloc;
use spoke_engine::TransportKind;
use spoke_sim::SimIdentity;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Counts what is allocated, so that what a peer makes a session hold can be bounded. (No other test may run beside
/// these in this program.)
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most that may be allocated at any moment, in bytes, the puppet's own megabytes included.
const PEAK: usize = 64 * 1024 * 1024;

fn all() -> Vec<(&'static str, Vec<Fault>)> {
    vec![
        ("Around the control packets", outside::faults()),
        ("Packets out of place", placed::faults()),
        ("The other wrappings", wrapping::faults()),
        ("A server's door", beginnings::faults()),
        ("Messages and acknowledgements", reliable::faults()),
        ("TLS", tls::faults()),
        ("The key exchange", exchange::faults()),
        ("The pushed configuration", configuration::faults()),
        ("What a configuration does to the host", host::faults()),
        ("Text messages", messages::faults()),
        ("Renegotiations", renewal::faults()),
        ("The data channel", data::faults()),
    ]
}

#[test]
fn every_fault_has_its_outcome() {
    let identity = SimIdentity::new().expect("certificates");
    let only = std::env::var("SPOKE_FAULT").unwrap_or_default();
    let (mut count, mut failed) = (0, Vec::new());
    let mut tables = Vec::new();
    let mut outcomes = BTreeSet::new();
    for (area, faults) in all() {
        println!("\n{area}");
        let mut rows = Vec::new();
        for fault in &faults {
            if !fault.what.contains(&only) {
                continue;
            }
            count += 1;
            let mut words = Vec::new();
            for transport in [TransportKind::Udp, TransportKind::Tcp] {
                let expected = fault.expected(transport).to_string();
                outcomes.insert(expected.clone());
                MEMORY.reset_peak_usage();
                let before = MEMORY.current_usage();
                let played = catch_unwind(AssertUnwindSafe(|| {
                    fault::play(fault, &identity, transport)
                }));
                let (seen, mut wrong) = match played {
                    Ok(seen) => {
                        words.push(seen.words);
                        (seen.outcome, seen.wrong)
                    }
                    Err(_) => ("panics".to_owned(), Vec::new()),
                };
                let peak = MEMORY.peak_usage().saturating_sub(before);
                if peak > PEAK {
                    wrong.push(format!("{peak} bytes were allocated at once"));
                }
                let row = format!(
                    "{:?} {transport:?} {:?}: {}\n      expected {expected}\n      seen     {seen} {}",
                    fault.attacked,
                    fault.when,
                    fault.what,
                    wrong.join(", ")
                );
                println!("  {row}");
                if seen != expected || !wrong.is_empty() {
                    failed.push(row);
                }
            }
            rows.push(document::row(fault, &words));
        }
        tables.push((area, rows));
    }
    assert!(
        failed.is_empty(),
        "{} of {count} faults:\n  {}",
        failed.len(),
        failed.join("\n  ")
    );
    if only.is_empty() {
        errors::hold(&outcomes);
        document::hold(&tables);
    }
}
