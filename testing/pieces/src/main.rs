//! `spoke-pieces`: what the pieces of the data path cost alone, in time and in
//! instructions.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it"
)]

use clap::Parser;
use spoke_pieces::{Cost, Failure, pieces};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "spoke-pieces", about = "Measures the pieces of the data path")]
struct Arguments {
    /// Only do the work of this piece and measure nothing.
    #[arg(long, value_name = "PIECE")]
    only: Option<String>,
    /// How often.
    #[arg(long, default_value_t = 1, requires = "only")]
    times: u32,
    /// Write the table into this document, between its marks.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("spoke-pieces: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut pieces = pieces()?;
    if let Some(name) = &arguments.only {
        let piece = pieces.iter_mut().find(|piece| piece.name == name);
        let piece = piece.ok_or_else(|| Failure::NoSuchPiece(name.clone()))?;
        for _ in 0..arguments.times {
            piece.work()?;
        }
        return Ok(());
    }
    let mut table = String::from("| for each packet | ns | instructions |\n|---|---|---|\n");
    for piece in &mut pieces {
        table += &Cost::of(piece)?.row(piece.name);
    }
    println!("{table}");
    match &arguments.write {
        Some(path) => spoke_pieces::write(path, &table),
        None => Ok(()),
    }
}
