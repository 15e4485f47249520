import type { Strings } from "..";

export const common: Strings["common"] = {
  cancel: "Abbrechen",
  close: "Schließen",
  save: "Speichern",
  back: "Zurück",
  copy: "Kopieren",
  copied: "Kopiert",
  show: "Anzeigen",
  continue: "Weiter",
  more: "Weitere Aktionen",
  none: "Keine",
};

export const phases: Strings["phases"] = {
  disconnected: "Nicht verbunden",
  connecting: "Verbindet",
  signing_in: "Wartet auf Anmeldung",
  connected: "Verbunden",
  reconnecting: "Verbindet neu",
  paused: "Angehalten",
  blocked: "Wartet auf das Netz",
  disconnecting: "Trennt",
  failed: "Keine Verbindung",
};

export const stages: Strings["stages"] = {
  resolve: "Gateway finden",
  transport: "Gateway erreichen",
  tls: "Zertifikat des Gateways prüfen",
  auth: "Anmelden",
  options: "Einstellungen empfangen",
  interface: "Tunnel einrichten",
  routes: "Routen setzen",
  dns: "DNS setzen",
  verify: "Datenverkehr abwarten",
};

export const shell: Strings["shell"] = {
  connections: "Verbindungen",
  back: "Verbindungen",
  detail: "Einzelheiten",
  import: "Importieren",
  importFiles: "Profildateien oder Pakete …",
  importFolder: "Ein Ordner …",
  importAzure: "Aus Azure VPN Client",
  chooseFiles: "Profildateien oder Pakete auswählen",
  chooseFolder: "Ordner mit Profilen auswählen",
  add: "Hinzufügen",
  menu: "Menü",
  accounts: "Konten",
  settings: "Einstellungen",
  logs: "Protokoll",
  about: "Über Spoke",
  quit: "Spoke beenden",
  noAccount: "Nicht angemeldet",
  announce: (profile, phase) => `${profile}: ${phase}`,
  waits: (profile) => `${profile} wartet auf Sie.`,
  damaged: (count) => (count === 1 ? "Ein Profil ist nicht lesbar" : `${count} Profile sind nicht lesbar`),
  otherUser: {
    title: "Jemand anderes ist auf diesem Computer verbunden",
    text: "Es gibt immer nur eine Verbindung: Diese muss enden, bevor Sie sich verbinden können.",
  },
  searching: "Der Spoke-Dienst wird gesucht …",
  closed: {
    title: "Sie dürfen den Spoke-Dienst nicht benutzen",
    text: "Der Dienst läuft, und dieses Konto des Computers darf nicht mit ihm sprechen. Fragen Sie, wer diesen Computer verwaltet.",
  },
  missing: {
    title: "Der Spoke-Dienst läuft nicht",
    text: "Verbindungen stellt ein Dienst im Hintergrund her, und dieser antwortet nicht. Starten Sie ihn mit diesem Befehl in einem Terminal; dieses Fenster macht von selbst weiter, sobald der Dienst da ist.",
    copy: "Befehl kopieren",
    waiting: "Wird gesucht …",
  },
  welcome: {
    title: "Willkommen bei Spoke",
    lead: "Spoke verbindet diesen Computer mit dem Azure-Netz Ihrer Organisation. Beginnen Sie mit dem Profil, das Sie von Ihrer Administration bekommen haben.",
    import: "Profil importieren",
    importHint:
      "azurevpnconfig.xml, oder das Paket aus dem Azure-Portal, wie es ist. Sie können es auch auf dieses Fenster ziehen.",
    add: "Von Hand hinzufügen",
    addHint: "Geben Sie die Adresse des Gateways und die weiteren Einstellungen ein.",
    find: "Profile aus Azure VPN Client suchen",
    findHint: "Sieht dort nach, wo Microsofts Client seine Profile auf diesem Computer ablegt.",
    installedTitle: "Was installiert ist",
    installed:
      "Dieses Fenster, der Befehl spoke und ein Dienst im Hintergrund. Der Dienst richtet den Tunnel mit Routen und DNS ein; dazu sind Administratorrechte nötig, und darum wurde bei der Installation nach einem Kennwort gefragt. Ihre Anmeldungen bleiben in Ihrer eigenen Sitzung; der Dienst behält sie nie.",
  },
};
