import type { Strings } from "..";

export const pages: Strings["pages"] = {
  settings: {
    title: "Einstellungen",
    signIn: "Art der Anmeldung",
    ways: { auto: "Automatisch", browser: "Im Browser", device_code: "Mit einem Code auf einem anderen Gerät" },
    signInHints: {
      auto: "Im Browser, oder mit einem Code für ein anderes Gerät, wo es keinen gibt.",
      browser: "Solange sie wartet, können Sie auch auf einem anderen Gerät weitermachen.",
      device_code: "Ihnen wird ein Code gezeigt, den Sie auf einem Telefon oder einem anderen Computer eingeben.",
    },
    connectAtLogin: "Verbinden, wenn ich mich am Computer anmelde",
    atLogin: { off: "Nichts", last: "Was zuletzt verbunden war" },
    connectAtLoginHint: "Im Hintergrund, mit der Anmeldung, die vom letzten Mal aufbewahrt ist. Ohne eine verbinden Sie hier wie sonst.",
    language: "Sprache",
    languages: { system: "Wie auf diesem Computer", english: "English", german: "Deutsch" },
    appearance: "Darstellung",
    appearances: { system: "Wie auf diesem Computer", light: "Hell", dark: "Dunkel" },
    startAtLogin: "Beim Anmelden starten",
    lockdown: "Nichts am Tunnel vorbeilassen",
    lockdownHint: "Vom Verbinden bis zum Trennen verlässt sonst nichts den Computer (Linux).",
    startAtLoginHint: "Spoke wartet dann in der Taskleiste.",
    notifications: "Mitteilungen zeigen",
    notificationsHint: "Wenn eine Verbindung abbricht, wiederkommt oder eine Anmeldung bald endet.",
    closeToTray: "Spoke bleibt beim Schließen des Fensters in der Taskleiste",
    closeToTrayHint: "Eine Verbindung besteht so oder so weiter, bis Sie sie trennen.",
    noTray:
      "Dieser Desktop zeigt keine Symbole in der Taskleiste; das Schließen des Fensters beendet deshalb das Programm. Eine Verbindung besteht weiter.",
  },

  accounts: {
    title: "Konten",
    none: "Niemand ist angemeldet.",
    noneHint:
      "Sie melden sich beim Verbinden an. Die Anmeldung liegt in Ihrem Schlüsselbund und erneuert sich selbst.",
    unnamed: "Konto ohne Namen",
    signOut: "Abmelden",
    signOutAll: "Alle abmelden",
    renews: "Erneuert sich von selbst",
    until: (time) => `Angemeldet bis ${time}`,
    over: "Abgelaufen; beim nächsten Verbinden werden Sie gefragt",
    forgetTitle: (name) => `${name} abmelden?`,
    forgetUnnamedTitle: "Das Konto ohne Namen abmelden?",
    forgetAllTitle: "Alle Konten abmelden?",
    forgetHint:
      "Eine bestehende Verbindung läuft weiter, bis ihre Anmeldung endet. Bei der nächsten melden Sie sich neu an.",
    signedOut: "Abgemeldet.",
  },

  logs: {
    title: "Protokoll",
    level: "Zeigen",
    levels: {
      error: "Fehler",
      warn: "Warnungen und Fehler",
      info: "Was geschah",
      debug: "Mehr Einzelheiten",
      trace: "Alles",
    },
    search: "Suchen",
    refresh: "Aktualisieren",
    follow: "Mitlesen",
    count: (shown, all) => `${shown} von ${all} Zeilen`,
    empty: "Der Dienst hat in der letzten Stunde nichts geschrieben.",
    nothing: "Keine Zeile enthält all das.",
    list: "Protokoll des Spoke-Dienstes",
  },

  diagnose: {
    title: (name) => `${name} prüfen`,
    hint: "Prüft das Gateway Schritt für Schritt bis zur Anmeldung. Auf diesem Computer wird nichts geändert.",
    start: "Prüfung starten",
  },

  about: {
    title: "Über Spoke",
    summary: "Ein VPN-Client für Point-to-Site-Gateways in Azure und für OpenVPN-Server.",
    versions: "Versionen",
    window: "Dieses Fenster",
    service: "Dienst",
    serviceMissing: "läuft nicht",
    serviceOther: (window, service) =>
      `Das Fenster ist ${window}, der Dienst ${service}: Bringen Sie beide auf dieselbe Version.`,
    kept: "Wo was liegt",
    profiles: "Profile",
    signIns: "Anmeldungen",
    socket: "Socket des Dienstes",
    licence: "Lizenz",
    licenceText:
      "Spoke ist freie Software unter der MIT-Lizenz oder der Apache-Lizenz 2.0, nach Ihrer Wahl. Es enthält Teile von anderen unter deren freien Lizenzen.",
    copy: "Versionen kopieren",
  },
};
