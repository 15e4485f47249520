use crate::failure::Failure;
use crate::piece::Piece;
use nix::time::ClockId;
use std::process::Command;
use std::time::Duration;

/// How long one repetition lasts, at least.
const REPETITION: Duration = Duration::from_millis(20);
/// How many there are; the median counts.
const REPETITIONS: usize = 9;
/// How often a piece is done while instructions are counted, few and many: what the
/// program does beside it is in both.
const FEW: u32 = 100;
const MANY: u32 = 1100;

/// What a piece costs for each packet.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    nanoseconds: f64,
    instructions: Option<f64>,
}

impl Cost {
    /// Measures a piece.
    ///
    /// # Errors
    /// When it does not do its work.
    pub fn of(piece: &mut Piece) -> Result<Self, Failure> {
        Ok(Self {
            nanoseconds: nanoseconds(piece)?,
            instructions: instructions(piece),
        })
    }

    /// As a row of the table.
    #[must_use]
    pub fn row(&self, name: &str) -> String {
        let instructions = self.instructions.map(|count| format!("{count:.0}"));
        let instructions = instructions.unwrap_or_default();
        format!("| {name} | {:.0} | {instructions} |\n", self.nanoseconds)
    }
}

fn nanoseconds(piece: &mut Piece) -> Result<f64, Failure> {
    let mut times = 1_u32;
    while elapsed(piece, times)? < REPETITION {
        times *= 2;
    }
    let mut all = Vec::new();
    for _ in 0..REPETITIONS {
        let took = elapsed(piece, times)?.as_secs_f64() * 1e9;
        all.push(took / f64::from(times) / f64::from(piece.packets));
    }
    all.sort_unstable_by(f64::total_cmp);
    Ok(all.get(REPETITIONS / 2).copied().unwrap_or_default())
}

fn elapsed(piece: &mut Piece, times: u32) -> Result<Duration, Failure> {
    let before = thread_time()?;
    for _ in 0..times {
        piece.work()?;
    }
    Ok(thread_time()?.saturating_sub(before))
}

fn thread_time() -> Result<Duration, Failure> {
    let now = ClockId::CLOCK_THREAD_CPUTIME_ID.now();
    now.map(Duration::from)
        .map_err(|errno| Failure::Clock(errno.into()))
}

/// By Valgrind, where it is installed.
fn instructions(piece: &Piece) -> Option<f64> {
    let (few, many) = (count(piece.name, FEW)?, count(piece.name, MANY)?);
    Some((many - few) / f64::from(MANY - FEW) / f64::from(piece.packets))
}

fn count(name: &str, times: u32) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args(["--only", name, "--times", &times.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.split_whitespace().last()?.parse().ok()
}
