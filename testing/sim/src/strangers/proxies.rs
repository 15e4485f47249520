use spoke_proxy::{
    Command, Credentials, Handshake, HttpConnect, Progress, RelayHeader, Socks5, Target, relayed,
};

/// What a proxy answers, in pieces: it comes to the same as in one. The first byte says how it is cut, the second what
/// was asked.
pub fn proxy_reply(data: &[u8]) {
    let [cut, kind, answer @ ..] = data else {
        return;
    };
    let whole = converse(*kind, answer, answer.len().max(1));
    let pieces = converse(*kind, answer, usize::from(*cut).max(1));
    assert_eq!(whole, pieces);
    if let Some(header) = relayed(answer) {
        assert!(header <= answer.len());
    }
    if let Some(target) = answer.first_chunk::<4>() {
        let target = Target::from(std::net::SocketAddr::from((*target, u16::from(*cut))));
        let header = RelayHeader::new(&target);
        assert_eq!(relayed(header.bytes()), Some(header.bytes().len()));
    }
}

/// How it ended, and what was left for the target.
fn converse(kind: u8, answer: &[u8], piece: usize) -> (String, Vec<u8>) {
    let mut handshake = handshake(kind);
    let mut said = match handshake.begin() {
        Ok(words) => words.to_vec(),
        Err(error) => return (error.to_string(), Vec::new()),
    };
    let mut read = 0;
    for piece in answer.chunks(piece) {
        read += piece.len();
        let mut progress = handshake.handle(piece);
        loop {
            match progress {
                Ok(Progress::Wait) => break,
                Ok(Progress::Send(words)) => said.extend_from_slice(&words),
                Ok(Progress::Reconnect(words)) => {
                    said.extend_from_slice(&words);
                    return (format!("again {said:?}"), Vec::new());
                }
                Ok(Progress::Done { mut rest }) => {
                    rest.extend_from_slice(answer.get(read..).unwrap_or_default());
                    return (format!("through {said:?}"), rest);
                }
                Err(error) => return (error.to_string(), Vec::new()),
            }
            progress = handshake.handle(&[]);
        }
    }
    let end = match handshake.handle_end() {
        Ok(_) => "again at the end".to_owned(),
        Err(error) => error.to_string(),
    };
    (format!("{end} {said:?}"), Vec::new())
}

fn handshake(kind: u8) -> Handshake {
    let credentials = (kind & 1 != 0).then(|| Credentials {
        username: "ana".to_owned(),
        password: "secret".to_owned().into(),
    });
    let target = Target::new("gateway.example", 443);
    match kind >> 1 & 3 {
        0 => Handshake::Http(Box::new(HttpConnect::new(target, credentials, "nonce"))),
        1 => {
            let http = HttpConnect::new(target, credentials, "nonce");
            Handshake::Http(Box::new(http.unasked()))
        }
        2 => Handshake::Socks5(Box::new(Socks5::new(Command::Connect, target, credentials))),
        _ => {
            let socks = Socks5::new(Command::UdpAssociate, target, credentials);
            Handshake::Socks5(Box::new(socks))
        }
    }
}
