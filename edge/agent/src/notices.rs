//! What a sign-in has to say that is no failure.

use spoke_api::{Notice, NoticeCode as Code, Problem};
use spoke_signin::Warning;
use std::path::Path;

pub(crate) fn sign_in_forgotten() -> Notice {
    Notice::new(
        Code::SignInForgotten,
        "This sign-in ends with this command: there is no keyring, or the profile forbids keeping it. To keep sign-ins in a file: SPOKE_TOKEN_STORE=file",
    )
}

pub(crate) fn sign_in_not_kept(problem: &Problem) -> Notice {
    let text = format!("The sign-in could not be kept: {}", told(problem));
    Notice::new(Code::SignInNotKept, text).about(problem)
}

pub(crate) fn password_not_kept(problem: &Problem) -> Notice {
    let text = format!("The password could not be kept: {}", told(problem));
    Notice::new(Code::PasswordNotKept, text).about(problem)
}

pub(crate) fn password_forgotten() -> Notice {
    Notice::new(
        Code::PasswordForgotten,
        "The password is not kept: there is no keyring. To keep it in a file: SPOKE_TOKEN_STORE=file",
    )
}

pub(crate) fn kept_password_refused() -> Notice {
    Notice::new(
        Code::KeptPasswordRefused,
        "The gateway refused the password that was kept; it is forgotten.",
    )
}

pub(crate) fn password_refused() -> Notice {
    Notice::new(
        Code::PasswordRefused,
        "The gateway refused the user name or the password.",
    )
}

pub(crate) fn kept_in_file(file: &Path) -> Notice {
    let file = file.display();
    let text = format!("Sign-ins are kept in {file}, readable by you alone but not encrypted.");
    Notice::new(Code::KeptInFile, text).about(file)
}

pub(crate) fn gateway_says(words: &str) -> Notice {
    Notice::new(Code::GatewaySays, words).about(words)
}

pub(crate) fn token_doubtful(warning: &Warning) -> Notice {
    Notice::new(Code::TokenDoubtful, &*warning.text).about(warning.claim)
}

pub(crate) fn port_taken(port: u16, error: &std::io::Error) -> Notice {
    let text = format!(
        "The sign-in would come back to port {port}, which is taken ({error}); going on with a code."
    );
    Notice::new(Code::PortTaken, text).about(port)
}

pub(crate) fn certificate_expires(name: &str, days: u64) -> Notice {
    let text = format!("The client certificate of {name} expires in {days} days.");
    Notice::new(Code::CertificateExpires, text)
        .about(name)
        .about(days)
}

/// A failure that is got over.
pub(crate) fn problem(problem: &Problem) -> Notice {
    Notice::other(told(problem))
}

fn told(problem: &Problem) -> String {
    format!("{problem} {}", problem.hint)
}
