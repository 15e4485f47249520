import type { Strings } from "..";

export const problems: Strings["problems"] = {
  codes: {
    other: { title: "Etwas ist schiefgegangen", advice: "" },
    usage: { title: "Das ist nicht möglich", advice: "" },
    not_connected: { title: "Es gibt keine Verbindung", advice: "" },
    sign_in_needed: { title: "Sie müssen sich anmelden", advice: "" },
    sign_in_refused: {
      title: "Die Anmeldung wurde abgelehnt",
      advice: "Versuchen Sie es noch einmal, vielleicht mit einem anderen Konto. Bleibt es dabei, geben Sie die Einzelheiten unten Ihrer Administration.",
    },
    gateway_not_found: {
      title: "Die Adresse des Gateways wurde nicht gefunden",
      advice: "Prüfen Sie, ob dieser Computer online ist und ob der Server im Profil richtig geschrieben ist.",
    },
    gateway_unreachable: {
      title: "Das Gateway ist nicht erreichbar",
      advice: "Prüfen Sie, ob dieser Computer online ist. Manche Netze, etwa in Hotels, lassen ein VPN erst nach einer Anmeldeseite durch.",
    },
    proxy_refused: {
      title: "Der Proxy hat die Verbindung nicht durchgelassen",
      advice: "Der Proxy des Netzes muss Verbindungen zum Gateway erlauben.",
    },
    gateway_silent: {
      title: "Das Gateway antwortet nicht",
      advice: "Oft passen das Server Secret oder der Transport im Profil nicht zum Gateway. Importieren Sie das neueste Profil.",
    },
    gateway_closed: {
      title: "Das Gateway hat die Verbindung geschlossen",
      advice: "Oft ist das Profil älter als die Einstellungen des Gateways. Importieren Sie das neueste Profil, oder versuchen Sie es später.",
    },
    gateway_untrusted: {
      title: "Dem Zertifikat des Gateways wird nicht vertraut",
      advice: "Es könnte ein anderer Server sein, als er sagt; darum wurde ihm nichts geschickt. Bitten Sie Ihre Administration um das neueste Profil.",
    },
    tls_failed: { title: "Keine sichere Verbindung zum Gateway", advice: "" },
    credentials_refused: {
      title: "Das Gateway hat Ihre Anmeldung abgelehnt",
      advice: "Melden Sie sich noch einmal an, vielleicht mit einem anderen Konto. Ihre Administration sieht, ob Sie dieses Gateway nutzen dürfen.",
    },
    session_ended: { title: "Das Gateway hat die Sitzung beendet", advice: "" },
    protocol_error: {
      title: "Das Gateway hat etwas Unerwartetes gesagt",
      advice: "Geben Sie die Einzelheiten unten Ihrer Administration.",
    },
    host_setup: {
      title: "Das Netz dieses Computers ließ sich nicht einrichten",
      advice: "Alles wurde so wiederhergestellt, wie es vorher war.",
    },
    daemon_unavailable: { title: "Der Spoke-Dienst antwortet nicht", advice: "" },
    profile_invalid: { title: "Das Profil ist nicht vollständig", advice: "" },
    profile_not_found: { title: "Dieses Profil gibt es nicht", advice: "" },
    policy: { title: "Ihre Organisation erlaubt das nicht", advice: "" },
    not_permitted: { title: "Das dürfen Sie nicht", advice: "" },
    conflict: { title: "Etwas anderes ist im Weg", advice: "" },
    timed_out: { title: "Es hat zu lange gedauert", advice: "" },
    cancelled: { title: "Abgebrochen", advice: "" },
  },
  details: "Einzelheiten",
  code: "Code",
  stage: "Schritt",
  copy: "Einzelheiten kopieren",
};
