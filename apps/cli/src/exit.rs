//! What the process ends with, decided in one place.

use crate::render::Printer;
use crate::{clean, document};
use spoke_api::{ExitCode, Problem};

/// How a command ends: with a code, or with a problem that has one.
pub(crate) type Outcome = Result<ExitCode, Problem>;

/// Shows the problem, if there is one, and gives the process's exit code.
pub(crate) fn finish(outcome: Outcome, print: &Printer) -> std::process::ExitCode {
    let code = match outcome {
        Ok(code) => code,
        Err(mut problem) => {
            clean::problem(&mut problem);
            if print.json() {
                print.document(&document::problem(&problem));
            } else {
                print.problem(&problem);
            }
            problem.code.exit_code()
        }
    };
    std::process::ExitCode::from(code as u8)
}

#[cfg(test)]
mod tests {
    use spoke_api::{ExitCode, ProblemCode};

    /// The table of the user manual, code by code.
    #[test]
    fn codes_are_those_of_the_manual() {
        let table = [
            (ProblemCode::Other, 1),
            (ProblemCode::Usage, 2),
            (ProblemCode::NotConnected, 3),
            (ProblemCode::SignInNeeded, 4),
            (ProblemCode::SignInRefused, 5),
            (ProblemCode::GatewayNotFound, 6),
            (ProblemCode::GatewayUnreachable, 6),
            (ProblemCode::GatewaySilent, 6),
            (ProblemCode::GatewayClosed, 6),
            (ProblemCode::GatewayUntrusted, 7),
            (ProblemCode::TlsFailed, 7),
            (ProblemCode::ProxyRefused, 6),
            (ProblemCode::CredentialsRefused, 7),
            (ProblemCode::SessionEnded, 7),
            (ProblemCode::ProtocolError, 7),
            (ProblemCode::HostSetup, 8),
            (ProblemCode::DaemonUnavailable, 9),
            (ProblemCode::ProfileInvalid, 10),
            (ProblemCode::ProfileNotFound, 10),
            (ProblemCode::Policy, 11),
            (ProblemCode::NotPermitted, 12),
            (ProblemCode::Conflict, 13),
            (ProblemCode::TimedOut, 124),
            (ProblemCode::Cancelled, 130),
        ];
        for (code, number) in table {
            assert_eq!(code.exit_code() as u8, number, "{code:?}");
        }
        assert_eq!(ExitCode::Success as u8, 0);
    }
}
