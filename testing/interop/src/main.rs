//! Plays the interoperability table and writes it, or compares it with the one that is written.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it"
)]

use clap::Parser;
use spoke_interop::failure::{Failure, require};
use spoke_interop::matrix::{Plan, pairings, play};
use spoke_interop::peers::Peers;
use spoke_interop::place::Place;
use spoke_interop::stage::Stage;
use spoke_interop::{enter, table, update};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Parser)]
#[command(name = "spoke-interop", about = "Plays the interoperability table")]
struct Arguments {
    /// Only pairings whose name contains one of these.
    pairings: Vec<String>,
    /// Only the cell with this number, of each pairing.
    #[arg(long)]
    cell: Option<usize>,
    /// Show the cells and play none.
    #[arg(long)]
    list: bool,
    /// Write what was seen into this document; every peer must be there.
    #[arg(long, value_name = "FILE", conflicts_with = "pairings")]
    write: Option<PathBuf>,
    /// Fail when this document says something else than what is played.
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    check: Option<PathBuf>,
    /// Where other releases of the peers are unpacked.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers"))]
    peers: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("spoke-interop: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let pairings = pairings(&arguments.pairings);
    require(!pairings.is_empty(), || "no such pairing".to_owned())?;
    if arguments.list {
        for pairing in pairings {
            println!("{}", table::section(&Plan::of(pairing)));
        }
        return Ok(true);
    }
    let peers = Peers::new(&arguments.peers);
    let inside = enter::inside()?;
    let mut plans = Vec::new();
    for pairing in pairings {
        // Inside there is no network to fetch anything by.
        let there = [pairing.client, pairing.server]
            .into_iter()
            .try_for_each(|party| {
                if inside {
                    peers.present(party)
                } else {
                    peers.provide(party)
                }
            });
        match there {
            Ok(()) => plans.push(Plan::of(pairing)),
            Err(why) if arguments.write.is_some() => return Err(why),
            // The page says "pass" of its cells, which nobody has seen now.
            Err(why) if spoke_needs::is_strict() => return Err(why),
            Err(why) if !inside => println!("skipped: {}: {why}", pairing.title),
            Err(_) => {}
        }
    }
    if inside {
        return act(arguments, peers, &plans);
    }
    match enter::missing() {
        None => enter::again(),
        Some(what) if spoke_needs::is_strict() => Err(Failure::new(what)),
        Some(what) => {
            println!("skipped: {what}");
            Ok(true)
        }
    }
}

fn act(arguments: &Arguments, peers: Peers, plans: &[Plan]) -> Result<bool, Failure> {
    let stage = Stage::new(Place::new()?, peers);
    let start = Instant::now();
    let failed = play(&stage, plans, arguments.cell);
    for one in &failed {
        let names = one.cell.names().join(" | ");
        let (pairing, number) = (one.pairing.name, one.number);
        println!("FAILED {pairing} {number}: {names}\n  {}\n", one.failure);
    }
    let updates = match arguments.cell {
        None => update::play(&stage, plans),
        Some(_) => Vec::new(),
    };
    for (pairing, failure) in &updates {
        println!("FAILED {} update\n  {failure}\n", pairing.name);
    }
    let cells: usize = plans.iter().map(|plan| plan.cells().count()).sum();
    let seconds = start.elapsed().as_secs_f32();
    let wrong = failed.len() + updates.len();
    println!("{cells} cells, {wrong} failed, {seconds:.1} s");
    if wrong > 0 {
        return Ok(false);
    }
    if let Some(path) = &arguments.write {
        table::write(path, plans)?;
    }
    if let Some(path) = &arguments.check {
        table::check(path)?;
    }
    Ok(true)
}
