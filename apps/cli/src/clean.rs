//! What others wrote (a gateway, a sign-in server, a name server), made harmless for a
//! terminal: control characters could move the cursor, hide text or answer questions.

use spoke_api::{Connection, Problem, SignInProgress, State};

/// Takes control characters out; line breaks become spaces.
pub(crate) fn text(text: &mut String) {
    if text.chars().any(char::is_control) {
        *text = text
            .chars()
            .map(|letter| match letter {
                '\n' | '\t' => ' ',
                _ if letter.is_control() => char::REPLACEMENT_CHARACTER,
                _ => letter,
            })
            .collect();
    }
}

/// The same for every text of a problem.
pub(crate) fn problem(problem: &mut Problem) {
    text(&mut problem.summary);
    text(&mut problem.hint);
    problem.cause.as_mut().map(text);
    problem.details.iter_mut().for_each(text);
}

/// The same for every text of a state.
pub(crate) fn state(state: &mut State) {
    if let Some(connection) = &mut state.connection {
        of_connection(connection);
    }
}

fn of_connection(connection: &mut Connection) {
    text(&mut connection.profile);
    for part in [
        &mut connection.account,
        &mut connection.interface,
        &mut connection.cipher,
        &mut connection.tls,
    ] {
        part.as_mut().map(text);
    }
    for report in &mut connection.stages {
        text(&mut report.detail);
    }
    if let Some(gateway) = &mut connection.gateway {
        text(&mut gateway.host);
    }
    if let Some(dns) = &mut connection.dns {
        text(&mut dns.manager);
        dns.suffixes.iter_mut().for_each(text);
    }
    match &mut connection.sign_in {
        Some(SignInProgress::DeviceCode { url, code }) => {
            text(url);
            text(code);
        }
        Some(SignInProgress::Page { url }) => text(url),
        Some(SignInProgress::Browser) | None => {}
    }
    for notice in &mut connection.notices {
        text(&mut notice.text);
        notice.about.iter_mut().for_each(text);
    }
    connection.unused_options.iter_mut().for_each(text);
    if let Some(certificate) = &mut connection.certificate {
        text(&mut certificate.subject);
        text(&mut certificate.issuer);
    }
    connection.problem.as_mut().map(problem);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use spoke_api::Notice;

    #[test]
    fn no_control_character_of_a_state_reaches_the_terminal() {
        let mut seen = example::connected();
        let evil = || "a\u{1b}[2Jb\nc\u{9b}d".to_owned();
        if let Some(connection) = &mut seen.connection {
            connection.account = Some(evil());
            connection.cipher = Some(evil());
            connection.notices.push(Notice::other(evil()).about(evil()));
            connection.unused_options.push(evil());
            connection.stages[0].detail = evil();
            connection.problem = Some(
                Problem::new(spoke_api::ProblemCode::Other, evil(), evil())
                    .cause(evil())
                    .detail(evil()),
            );
        }
        state(&mut seen);
        let text = serde_json::to_string(&seen).unwrap();
        assert!(!text.contains("\\u001b") && !text.contains("\\n") && !text.contains('\u{9b}'));
        assert!(text.contains("b c"));
    }
}
