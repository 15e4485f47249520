import type { Phase, Stage } from "../../types";

export const common = {
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  back: "Back",
  copy: "Copy",
  copied: "Copied",
  show: "Show",
  continue: "Continue",
  more: "More actions",
  none: "None",
};

export const phases: Record<Phase, string> = {
  disconnected: "Not connected",
  connecting: "Connecting",
  signing_in: "Waiting for sign-in",
  connected: "Connected",
  reconnecting: "Reconnecting",
  paused: "Paused",
  blocked: "Waiting for the network",
  disconnecting: "Disconnecting",
  failed: "Could not connect",
};

export const stages: Record<Stage, string> = {
  resolve: "Look up the gateway",
  transport: "Reach the gateway",
  tls: "Check the gateway’s certificate",
  auth: "Sign in",
  options: "Receive the settings",
  interface: "Set up the tunnel",
  routes: "Set the routes",
  dns: "Set the DNS",
  verify: "See traffic flow",
};

export const shell = {
  connections: "Connections",
  back: "Connections",
  detail: "Details",
  import: "Import",
  importFiles: "Profile files or packages…",
  importFolder: "A folder…",
  importAzure: "From Azure VPN Client",
  chooseFiles: "Choose profile files or packages",
  chooseFolder: "Choose a folder with profiles",
  add: "Add",
  menu: "Menu",
  accounts: "Accounts",
  settings: "Settings",
  logs: "Log",
  about: "About Spoke",
  quit: "Quit Spoke",
  noAccount: "Not signed in",
  /** What the announcer says; the phase is one of `phases`. */
  announce: (profile: string, phase: string) => `${profile}: ${phase}`,
  waits: (profile: string) => `${profile} is waiting for you.`,
  damaged: (count: number) => (count === 1 ? "A profile cannot be read" : `${count} profiles cannot be read`),
  otherUser: {
    title: "Another user of this computer is connected",
    text: "There is one connection at a time: theirs has to end before you can connect.",
  },
  searching: "Looking for the Spoke service…",
  closed: {
    title: "You may not use the Spoke service",
    text: "The service runs, and this account of the computer may not speak with it. Ask whoever administers this computer.",
  },
  missing: {
    title: "The Spoke service is not running",
    text: "Connections are made by a service in the background, and it does not answer. Start it with this command in a terminal; this window goes on by itself as soon as the service is there.",
    copy: "Copy command",
    waiting: "Looking for it…",
  },
  welcome: {
    title: "Welcome to Spoke",
    lead: "Spoke connects this computer to your organisation’s Azure network. Begin with the profile that your administrator gave you.",
    import: "Import a profile",
    importHint: "azurevpnconfig.xml, or the package from the Azure portal as it is. You can also drop it on this window.",
    add: "Add manually",
    addHint: "Type in the gateway’s address and the other settings.",
    find: "Find profiles from Azure VPN Client",
    findHint: "Looks where Microsoft’s client keeps its profiles on this computer.",
    installedTitle: "What is installed",
    installed:
      "This window, the spoke command and a background service. The service sets up the tunnel, its routes and DNS, which takes administrator rights: that is why a password was asked for when Spoke was installed. Your sign-ins stay in your own session; the service never keeps them.",
  },
};
