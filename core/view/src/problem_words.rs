use crate::tongue::Tongue;
use spoke_api::{Problem, ProblemCode};

impl Tongue {
    /// What happened, in one sentence: the daemon's own in English, and in other languages
    /// what its code says, where that has a meaning by itself.
    pub(crate) fn happened(self, problem: &Problem) -> String {
        let german = match self {
            Self::English => None,
            Self::German => german(problem.code),
        };
        german.map_or_else(|| problem.summary.clone(), ToOwned::to_owned)
    }
}

const fn german(code: ProblemCode) -> Option<&'static str> {
    Some(match code {
        ProblemCode::Other | ProblemCode::Usage => return None,
        ProblemCode::NotConnected => "Es besteht keine Verbindung.",
        ProblemCode::SignInNeeded => "Es ist eine Anmeldung nötig.",
        ProblemCode::SignInRefused => "Die Anmeldung wurde abgelehnt.",
        ProblemCode::GatewayNotFound => "Die Adresse des Gateways wurde nicht gefunden.",
        ProblemCode::GatewayUnreachable => "Das Gateway ist nicht erreichbar.",
        ProblemCode::ProxyRefused => "Der Proxy hat die Verbindung nicht durchgelassen.",
        ProblemCode::GatewaySilent => "Das Gateway antwortet nicht.",
        ProblemCode::GatewayClosed => "Das Gateway hat die Verbindung geschlossen.",
        ProblemCode::GatewayUntrusted => "Dem Zertifikat des Gateways wird nicht vertraut.",
        ProblemCode::TlsFailed => "Der verschlüsselte Kanal zum Gateway kam nicht zustande.",
        ProblemCode::CredentialsRefused => "Das Gateway hat Ihre Anmeldung abgelehnt.",
        ProblemCode::SessionEnded => "Das Gateway hat die Sitzung beendet.",
        ProblemCode::ProtocolError => "Das Gateway hat etwas Unerwartetes gesagt.",
        ProblemCode::HostSetup => "Das Netz dieses Computers ließ sich nicht einrichten.",
        ProblemCode::DaemonUnavailable => "Der Spoke-Dienst antwortet nicht.",
        ProblemCode::ProfileInvalid => "Das Profil ist nicht vollständig.",
        ProblemCode::ProfileNotFound => "Dieses Profil gibt es nicht.",
        ProblemCode::Policy => "Ihre Organisation erlaubt das nicht.",
        ProblemCode::NotPermitted => "Das dürfen Sie nicht.",
        ProblemCode::Conflict => "Etwas anderes ist im Weg.",
        ProblemCode::TimedOut => "Es hat zu lange gedauert.",
        ProblemCode::Cancelled => "Es wurde abgebrochen.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::problem;

    #[test]
    fn the_daemons_sentence_is_said_where_it_is_understood() {
        let silent = problem(ProblemCode::GatewaySilent);
        assert_eq!(Tongue::English.happened(&silent), silent.summary);
        assert_eq!(
            Tongue::German.happened(&silent),
            "Das Gateway antwortet nicht."
        );
        let other = problem(ProblemCode::Other);
        assert_eq!(Tongue::German.happened(&other), other.summary);
    }
}
