import type { Strings } from "..";

export const problems: Strings["problems"] = {
  codes: {
    other: { title: "Etwas ist schiefgegangen", advice: "" },
    usage: { title: "Das ist nicht möglich", advice: "" },
    not_connected: {
      title: "Es gibt keine Verbindung",
      said: "Im Augenblick besteht keine Verbindung.",
      advice: "",
    },
    sign_in_needed: {
      title: "Sie müssen sich anmelden",
      said: "Für diese Verbindung ist eine Anmeldung nötig, und es gibt keine, die noch gilt.",
      advice: "",
    },
    sign_in_refused: {
      title: "Die Anmeldung wurde abgelehnt",
      said: "Der Anmeldedienst hat die Anmeldung nicht angenommen.",
      advice: "Versuchen Sie es noch einmal, vielleicht mit einem anderen Konto. Bleibt es dabei, geben Sie die Einzelheiten unten Ihrer Administration.",
    },
    gateway_not_found: {
      title: "Die Adresse des Gateways wurde nicht gefunden",
      said: "Zum Namen des Gateways gibt es keine Adresse.",
      advice: "Prüfen Sie, ob dieser Computer online ist und ob der Server im Profil richtig geschrieben ist.",
    },
    gateway_unreachable: {
      title: "Das Gateway ist nicht erreichbar",
      said: "Unter der Adresse des Gateways nimmt niemand die Verbindung an.",
      advice: "Prüfen Sie, ob dieser Computer online ist. Manche Netze, etwa in Hotels, lassen ein VPN erst nach einer Anmeldeseite durch.",
    },
    proxy_refused: {
      title: "Der Proxy hat die Verbindung nicht durchgelassen",
      said: "Der Proxy verlangt Benutzername und Kennwort, oder andere als die bisherigen.",
      advice: "Der Proxy des Netzes muss Verbindungen zum Gateway erlauben.",
    },
    gateway_silent: {
      title: "Das Gateway antwortet nicht",
      said: "Das Gateway hat auf die Pakete dieses Computers nicht geantwortet.",
      advice: "Oft passen das Server Secret oder der Transport im Profil nicht zum Gateway. Importieren Sie das neueste Profil.",
    },
    gateway_closed: {
      title: "Das Gateway hat die Verbindung geschlossen",
      said: "Das Gateway hat die Verbindung beendet, bevor sie zustande kam.",
      advice: "Oft ist das Profil älter als die Einstellungen des Gateways. Importieren Sie das neueste Profil, oder versuchen Sie es später.",
    },
    gateway_untrusted: {
      title: "Dem Zertifikat des Gateways wird nicht vertraut",
      said: "Das Zertifikat des Gateways ist nicht das, was das Profil verlangt.",
      advice: "Es könnte ein anderer Server sein, als er sagt; darum wurde ihm nichts geschickt. Bitten Sie Ihre Administration um das neueste Profil.",
    },
    tls_failed: {
      title: "Keine sichere Verbindung zum Gateway",
      said: "Der verschlüsselte Kanal zum Gateway kam nicht zustande.",
      advice: "",
    },
    credentials_refused: {
      title: "Das Gateway hat Ihre Anmeldung abgelehnt",
      said: "Das Gateway hat das Token oder das Kennwort nicht angenommen.",
      advice: "Melden Sie sich noch einmal an, vielleicht mit einem anderen Konto. Ihre Administration sieht, ob Sie dieses Gateway nutzen dürfen.",
    },
    session_ended: {
      title: "Die Sitzung ist zu Ende",
      said: "Die Verbindung ist zu Ende gegangen.",
      advice: "",
    },
    protocol_error: {
      title: "Das Gateway hat etwas Unerwartetes gesagt",
      said: "Was das Gateway gesendet hat, folgt nicht dem Protokoll oder wird nie befolgt.",
      advice: "Geben Sie die Einzelheiten unten Ihrer Administration.",
    },
    host_setup: {
      title: "Das Netz dieses Computers ließ sich nicht einrichten",
      said: "Schnittstelle, Routen oder Namensauflösung ließen sich nicht setzen.",
      advice: "Alles wurde so wiederhergestellt, wie es vorher war.",
    },
    daemon_unavailable: {
      title: "Der Spoke-Dienst antwortet nicht",
      said: "Der Dienst läuft nicht, oder er hat eine andere Version als dieses Fenster.",
      advice: "",
    },
    profile_invalid: {
      title: "Das Profil ist nicht vollständig",
      said: "Im Profil fehlt etwas, oder etwas darin stimmt nicht.",
      advice: "",
    },
    profile_not_found: {
      title: "Dieses Profil gibt es nicht",
      said: "Unter diesem Namen ist kein Profil gespeichert.",
      advice: "",
    },
    policy: {
      title: "Ihre Organisation erlaubt das nicht",
      said: "Eine Vorgabe Ihrer Organisation steht dem entgegen.",
      advice: "",
    },
    not_permitted: {
      title: "Das dürfen Sie nicht",
      said: "Die Verbindung gehört einem anderen Benutzer dieses Computers.",
      advice: "",
    },
    conflict: {
      title: "Etwas anderes ist im Weg",
      said: "Ein anderer Tunnel, ein anderes Profil oder ein überlappendes Netz steht dem entgegen.",
      advice: "",
    },
    timed_out: {
      title: "Es hat zu lange gedauert",
      said: "Innerhalb der vorgesehenen Zeit kam keine Antwort.",
      advice: "",
    },
    cancelled: {
      title: "Abgebrochen",
      said: "Sie haben es abgebrochen.",
      advice: "",
    },
  },
  details: "Einzelheiten",
  code: "Code",
  stage: "Schritt",
  copy: "Einzelheiten kopieren",
};
