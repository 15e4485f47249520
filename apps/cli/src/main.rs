//! `spoke`: the command line.

fn main() -> std::process::ExitCode {
    spoke_cli::main(std::env::args_os())
}
