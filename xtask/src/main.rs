//! The commands of the README: each sets up what it needs, runs it, and says
//! plainly what is missing where it may not install it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it"
)]

mod bench;
mod cargo;
mod flaky;
mod macos;
mod package;
mod packages;
mod pages;
mod rustdoc;
mod scope;
mod turn;
mod window;

use clap::{Parser, Subcommand};
use scope::Scope;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Demo, tests and checks of Spoke")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Shows the main job in the lab: import, sign-in, Connected, traffic, disconnect.
    Demo {
        /// Arguments for `spoke-lab demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Builds everything and passes all tests, doctests included.
    Test {
        /// Arguments for the test runner, such as a filter.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Plays the interoperability table with all its peers and writes docs/interop.md.
    Interop {
        /// Arguments for `spoke-interop`, such as pairings to play without writing.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Measures Spoke beside OpenVPN and writes docs/performance.md.
    Bench {
        /// Only the pieces of the data path, each alone.
        #[arg(long)]
        micro: bool,
        /// Arguments for `spoke-bench`, such as `--quick`: then it prints and writes nothing.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Plays all that can happen to a connection, again and again, and writes docs/torture.md.
    Torture {
        /// Arguments for `spoke-torture`, such as `--quick` or the names of trials: then it
        /// prints and writes nothing.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Plays the simulated connections in their full size: twenty times what the tests play.
    Sim,
    /// Runs every fuzz target in turn, one at a time, with cargo-fuzz.
    Fuzz {
        /// How long each runs.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Runs the tests of the crates with unsafe code under AddressSanitizer, with all the engine beneath them.
    Sanitize,
    /// Opens the desktop app's window on this screen, in the lab, for a person to try.
    Window,
    /// Photographs every screen of the desktop app for docs/desktop.md.
    Pictures,
    /// Builds the pages in the desktop app's window.
    Pages,
    /// Writes the TypeScript types that the window's pages share with the program.
    Types,
    /// Lints for macOS on both of its processors, without a Mac.
    Macos(macos::Arguments),
    /// Packs what people install: `.deb`, `.rpm` and a tarball, below target/package.
    Package(package::Arguments),
    /// Formatting, lints and docs, with warnings denied. Where clippy is the compiler already
    /// (`RUSTC_WORKSPACE_WRAPPER=clippy-driver`) `test` brings the lints and writes the docs, and
    /// nothing is compiled for this alone.
    Check,
}

fn main() -> ExitCode {
    if rustdoc::is_called() {
        return rustdoc::run();
    }
    let outcome = match Arguments::parse().task {
        Task::Demo { rest } => demo(&rest),
        Task::Test { rest } => test(&rest),
        Task::Interop { rest } => interop(&rest),
        Task::Bench { micro: true, .. } => bench::micro(),
        Task::Bench { rest, .. } => bench::run(&rest),
        Task::Torture { rest } => torture(&rest),
        Task::Sim => sim(),
        Task::Fuzz { seconds } => fuzz(seconds),
        Task::Sanitize => sanitize(),
        Task::Window => window::open(),
        Task::Pictures => window::pictures(),
        Task::Pages => pages::build(),
        Task::Types => pages::write_types(),
        Task::Macos(arguments) => macos::check(&arguments),
        Task::Package(arguments) => package::run(&arguments),
        Task::Check => check(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn demo(rest: &[String]) -> Result<(), String> {
    packages::provide(packages::DEMO)?;
    cargo::on(&["build", "--bins"], Scope::present(), &[])?;
    cargo::built("spoke-lab", &["demo"], rest)
}

fn test(rest: &[String]) -> Result<(), String> {
    packages::provide(packages::TESTS)?;
    let scope = Scope::provide()?;
    if scope == Scope::Workspace {
        packages::provide(packages::WINDOW_TESTS)?;
    }
    // The end-to-end tests drive the built programs, which cargo does not build for them.
    cargo::on(&["build", "--bins"], scope, &[])?;
    if cargo::has("nextest") {
        flaky::forget();
        let passed = cargo::on(&["nextest", "run"], scope, rest);
        flaky::tell()?;
        passed?;
    } else {
        println!(
            "cargo-nextest is not installed; using cargo test, one test program after the other"
        );
        cargo::on(&["test", "--all-targets"], scope, rest)?;
    }
    if rest.is_empty() {
        cargo::documentation_tests(scope)?;
        if scope == Scope::Workspace {
            pages::test()?;
        }
    }
    Ok(())
}

fn interop(rest: &[String]) -> Result<(), String> {
    packages::provide(packages::TESTS)?;
    cargo::run(&["build", "--package", "spoke-interop"])?;
    let write: &[&str] = match rest.is_empty() {
        true => &["--write", "docs/interop.md"],
        false => &[],
    };
    cargo::built("spoke-interop", write, rest)
}

fn torture(rest: &[String]) -> Result<(), String> {
    packages::provide(packages::TESTS)?;
    let programs = ["spoke-cli", "spoke-daemon", "spoke-gateway", "spoke-lab"];
    let packages = programs.iter().chain(["spoke-torture"].iter());
    let packages = packages.flat_map(|package| ["--package", package]);
    let build: Vec<&str> = ["build", "--bins"].into_iter().chain(packages).collect();
    cargo::run(&build)?;
    let write: &[&str] = match rest.is_empty() {
        true => &["--write", "docs/torture.md"],
        false => &[],
    };
    cargo::built("spoke-torture", write, rest)
}

fn sim() -> Result<(), String> {
    cargo::run_in(
        &[
            "test",
            "--release",
            "--package",
            "spoke-sim",
            "--package",
            "spoke-supervisor",
            "--",
            "--nocapture",
        ],
        &[("SPOKE_SIM", "full"), ("PROPTEST_CASES", "400000")],
    )
}

fn fuzz(seconds: u32) -> Result<(), String> {
    if !cargo::has("fuzz") {
        return Err("cargo-fuzz is missing: cargo install cargo-fuzz".to_owned());
    }
    let time = format!("-max_total_time={seconds}");
    // cargo-fuzz wants an unstable flag of the compiler, which this variable allows.
    let stable = [("RUSTC_BOOTSTRAP", "1")];
    for target in cargo::fuzz_targets()? {
        println!("== {target}");
        let seeds = format!("fuzz/corpus/{target}");
        // What is found goes to the first folder; the second is only read.
        let found = format!("fuzz/corpus-new/{target}");
        std::fs::create_dir_all(&found).map_err(|error| format!("{found}: {error}"))?;
        let command = ["fuzz", "run", &target, &found, &seeds, "--", &time];
        let limits = ["-print_final_stats=1", "-timeout=20", "-rss_limit_mb=3000"];
        cargo::run_in(&[&command[..], &limits[..]].concat(), &stable)?;
    }
    Ok(())
}

fn sanitize() -> Result<(), String> {
    packages::provide(packages::TESTS)?;
    let target = "x86_64-unknown-linux-gnu";
    cargo::run_in(
        &[
            "test",
            "--target",
            target,
            "--target-dir",
            "target/sanitize",
            "--package",
            "spoke-host",
            "--package",
            "spoke-tunnel",
            "--tests",
        ],
        &[
            // The flag is unstable and does what it says since long; no other compiler is needed for it.
            ("RUSTC_BOOTSTRAP", "1"),
            ("RUSTFLAGS", "-Zsanitizer=address"),
            // Nothing is to be linted a second time.
            ("RUSTC_WORKSPACE_WRAPPER", ""),
        ],
    )
}

fn check() -> Result<(), String> {
    cargo::run(&["fmt", "--all", "--check"])?;
    if cargo::has("deny") {
        cargo::run(&["deny", "--offline", "check", "licenses", "bans", "sources"])?;
    }
    if cargo::compiles_with_clippy() {
        println!("lints and documentation: the tests bring them, clippy compiles");
        return Ok(());
    }
    let scope = Scope::provide()?;
    let strict = ["--", "--deny", "warnings"].map(str::to_owned);
    cargo::on(&["clippy", "--all-targets"], scope, &strict)?;
    cargo::documentation(scope)
}
