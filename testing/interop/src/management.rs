//! OpenVPN's management interface, as far as a person is asked for a password there.

use crate::challenge;
use crate::pki::USER;
use crate::place::{ANSWER, PASSWORD};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How often it is looked whether OpenVPN has opened its socket.
const OPENING: Duration = Duration::from_millis(10);
const ATTEMPTS: u32 = 3000;

/// Answers what OpenVPN asks at `socket` for as long as it runs, in a thread of its own.
pub(crate) fn answer(socket: PathBuf) {
    std::thread::spawn(move || {
        for _ in 0..ATTEMPTS {
            match UnixStream::connect(&socket) {
                // It ends when OpenVPN does, and what went wrong shows in the connection.
                Ok(stream) => return drop(converse(stream)),
                Err(_) => std::thread::sleep(OPENING),
            }
        }
    });
}

fn converse(mut stream: UnixStream) -> std::io::Result<()> {
    let reader = BufReader::new(stream.try_clone()?);
    let mut next = PASSWORD.to_owned();
    for line in reader.lines() {
        let line = line?;
        if let Some(answer) = challenge::answer_to(&line) {
            next = answer;
        }
        if line.starts_with(">PASSWORD:Need 'Auth'") {
            // `SC:` begins the text of a static challenge.
            let password = match line.contains(" SC:") {
                true => format!("SCRV1:{}:{}", base64(PASSWORD), base64(ANSWER)),
                false => next.clone(),
            };
            let words = format!("username \"Auth\" \"{USER}\"\npassword \"Auth\" \"{password}\"\n");
            stream.write_all(words.as_bytes())?;
        }
    }
    Ok(())
}

/// RFC 4648, with padding.
pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}
