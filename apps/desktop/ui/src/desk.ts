import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import { writeText } from "@tauri-apps/plugin-clipboard-manager";
import { open, save } from "@tauri-apps/plugin-dialog";
import type {
  About,
  Answer,
  Explanation,
  ExportRequest,
  FormReport,
  ImportChoice,
  ImportPlan,
  Leaving,
  LogLine,
  Mend,
  Picture,
  Preferences,
  ProbeReport,
  ProfileDetail,
  ProfileForm,
  RootChoice,
} from "./types";

/**
 * What the pages may ask of the program. Every call that fails throws a `Problem`.
 * The pages know nothing else of the world; tests put another in its place.
 */
export interface Desk {
  /** Calls with the picture now and after every change; gives the way to stop. */
  follow(show: (picture: Picture) => void): () => void;
  /** Calls while files are held over the window and when they are dropped. */
  followDrops(hover: (over: boolean) => void, drop: (paths: string[]) => void): () => void;

  /** Connects; the picture tells how it goes. */
  connect(profile: string): Promise<void>;
  /** Ends the connection, or the attempt. */
  disconnect(): Promise<void>;
  /** Tries again at once, when it is waiting to. */
  retryNow(): Promise<void>;
  /** Renews the sign-in of the connection ahead of its time. */
  renewNow(): Promise<void>;
  /** Answers `picture.prompt`. */
  answer(id: number, answer: Answer): Promise<void>;
  /** Opens the sign-in page in the browser once more. */
  openAgain(id: number): Promise<void>;
  /** Goes on with a code for another device instead. */
  useAnotherDevice(id: number): Promise<void>;
  /** Whether the window shows something that moves each second: then the daemon tells the traffic. */
  watchTraffic(on: boolean): Promise<void>;
  /** Finds out why a host, address or URL can, or cannot, be reached; changes nothing. */
  explain(target: string): Promise<Explanation>;
  /** Makes the change that mends it, and connects anew. */
  mend(mend: Mend): Promise<void>;

  /** Asks for files or one folder; null when nothing was chosen. */
  chooseFiles(title: string): Promise<string[] | null>;
  chooseFolder(title: string): Promise<string | null>;
  chooseCertificate(title: string): Promise<string | null>;
  chooseExport(title: string, name: string): Promise<string | null>;
  /** Looks at files, packages and folders. */
  inspectFiles(paths: string[]): Promise<ImportPlan>;
  /** Looks into the folders of Microsoft's own client. */
  inspectAzureVpnClient(): Promise<ImportPlan>;
  /** Saves what was chosen of a plan; gives the names. */
  saveImport(plan: number, choices: ImportChoice[]): Promise<string[]>;
  /** Lets a plan go, with the secrets that are kept for it. */
  dropImport(plan: number): Promise<void>;

  /** A stored profile in full. */
  profile(name: string): Promise<ProfileDetail>;
  /** A form to begin with. */
  blankForm(): Promise<ProfileForm>;
  /** Judges a form; `was` is the stored profile that it changes. */
  checkForm(form: ProfileForm, was: string | null): Promise<FormReport>;
  /** Saves a form; gives the profile's name. */
  saveForm(form: ProfileForm, was: string | null): Promise<string>;
  /** Tries the gateway stage by stage up to the sign-in; changes nothing on the computer. */
  probeForm(form: ProfileForm, was: string | null): Promise<ProbeReport>;
  /** Reads a root certificate from a file. */
  readRoot(path: string): Promise<RootChoice>;
  /** Saves a profile with what can be repaired of it. */
  repair(profile: string): Promise<void>;
  rename(profile: string, to: string): Promise<void>;
  /** Stores a copy under a free name; gives the name. */
  duplicate(profile: string): Promise<string>;
  /** Disconnects first when it is connected. */
  remove(profile: string): Promise<void>;
  exportProfile(request: ExportRequest): Promise<void>;

  /** Forgets sign-ins. */
  signOut(leaving: Leaving): Promise<void>;
  setPreferences(preferences: Preferences): Promise<void>;
  /** The daemon's log of the last so many seconds. */
  log(sinceSeconds: number): Promise<LogLine[]>;
  about(): Promise<About>;
  copy(text: string): Promise<void>;
  quit(): Promise<void>;
}

/** The program behind this window. */
export const realDesk: Desk = {
  follow(show) {
    let stopped = false;
    // Told of changes first, asked second: none falls between.
    const listening = listen<Picture>("picture", (event) => {
      if (!stopped) show(event.payload);
    });
    void listening
      .then(() => invoke<Picture>("picture"))
      .then((picture) => {
        if (!stopped) show(picture);
      });
    return () => {
      stopped = true;
      void listening.then((stop) => stop());
    };
  },
  followDrops(hover, drop) {
    const listening = getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === "enter") hover(true);
      if (payload.type === "leave" || payload.type === "drop") hover(false);
      if (payload.type === "drop") drop(payload.paths);
    });
    return () => void listening.then((stop) => stop());
  },

  connect: (profile) => invoke("connect", { profile }),
  disconnect: () => invoke("disconnect"),
  retryNow: () => invoke("retry_now"),
  renewNow: () => invoke("renew_now"),
  answer: (id, answer) => invoke("answer", { id, answer }),
  openAgain: (id) => invoke("open_again", { id }),
  useAnotherDevice: (id) => invoke("use_another_device", { id }),
  watchTraffic: (on) => invoke("watch_traffic", { on }),
  explain: (target) => invoke("explain", { target }),
  mend: (mend) => invoke("mend", { mend }),

  chooseFiles: (title) => open({ title, multiple: true }),
  chooseFolder: (title) => open({ title, directory: true }),
  chooseCertificate: (title) => open({ title }),
  chooseExport: (title, name) => save({ title, defaultPath: name }),
  inspectFiles: (paths) => invoke("inspect_files", { paths }),
  inspectAzureVpnClient: () => invoke("inspect_azure_vpn_client"),
  saveImport: (plan, choices) => invoke("save_import", { plan, choices }),
  dropImport: (plan) => invoke("drop_import", { plan }),

  profile: (name) => invoke("profile", { name }),
  blankForm: () => invoke("blank_form"),
  checkForm: (form, was) => invoke("check_form", { form, was }),
  saveForm: (form, was) => invoke("save_form", { form, was }),
  probeForm: (form, was) => invoke("probe_form", { form, was }),
  readRoot: (path) => invoke("read_root", { path }),
  repair: (profile) => invoke("repair", { profile }),
  rename: (profile, to) => invoke("rename", { profile, to }),
  duplicate: (profile) => invoke("duplicate", { profile }),
  remove: (profile) => invoke("remove", { profile }),
  exportProfile: (request) => invoke("export_profile", { request }),

  signOut: (leaving) => invoke("sign_out", { leaving }),
  setPreferences: (preferences) => invoke("set_preferences", { preferences }),
  log: (sinceSeconds) => invoke("log", { sinceSeconds }),
  about: () => invoke("about"),
  copy: (text) => writeText(text),
  quit: () => invoke("quit"),
};
