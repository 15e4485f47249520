use spoke_diagnose::{AddressKind, Target, dns_question, read_dns_reply};

/// What a name server answers. The first two bytes are the question's number, the third
/// says what was asked for.
pub fn dns_reply(data: &[u8]) {
    let [high, low, kind, reply @ ..] = data else {
        return;
    };
    let id = u16::from_be_bytes([*high, *low]);
    let kind = match kind & 1 {
        0 => AddressKind::V4,
        _ => AddressKind::V6,
    };
    for name in ["db1.contoso.internal", "a"] {
        let mut answer = id.to_be_bytes().to_vec();
        answer.extend(reply);
        if let Ok(read) = read_dns_reply(&answer, id, name, kind) {
            let is_v4 = kind == AddressKind::V4;
            assert!(read.addresses.iter().all(|one| one.is_ipv4() == is_v4));
            assert!(read.code < 16);
            // What answers one question answers no other.
            assert!(read_dns_reply(&answer, id ^ 1, name, kind).is_err());
        }
    }
    // A name from outside is asked for as it is, or not at all.
    let text = String::from_utf8_lossy(reply);
    if let Ok(target) = text.parse::<Target>()
        && let Some(name) = target.name()
    {
        let question = dns_question(id, name, kind);
        assert!(question.is_some(), "{name:?} is a target and no question");
        let again = name.parse::<Target>().map(|again| again.host);
        assert_eq!(again, Ok(target.host.clone()));
    }
}
