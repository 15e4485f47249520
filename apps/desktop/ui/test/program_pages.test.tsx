import { act, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LogLine } from "../src/types";
import { expectAccessible } from "./axe";
import { NOON, picture, problem, PROFILES, summary } from "./pictures";
import { show } from "./show";

afterEach(() => vi.restoreAllMocks());

/** Lets time go by, and what it brings be drawn. */
const pass = (milliseconds: number) =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(milliseconds);
  });

describe("settings", () => {
  test("hold as soon as they are made", async () => {
    const desk = show(picture(), { start: { kind: "settings" } });
    const { preferences } = picture();
    await expectAccessible();
    fireEvent.change(screen.getByLabelText("Appearance"), { target: { value: "dark" } });
    fireEvent.click(screen.getByLabelText("Show notifications"));
    const dark = { ...preferences, appearance: "dark" as const };
    await waitFor(() =>
      expect(desk.calls).toEqual([
        ["setPreferences", dark],
        ["setPreferences", { ...dark, notifications: false }],
      ]),
    );
  });

  test("change the language of the whole window", async () => {
    const desk = show(picture(), { start: { kind: "settings" } });
    const { preferences } = picture();
    fireEvent.change(screen.getByLabelText("Language"), { target: { value: "german" } });
    await waitFor(() => expect(desk.calls).toEqual([["setPreferences", { ...preferences, language: "german" }]]));
    act(() => desk.show(picture({ preferences: { ...preferences, language: "german" } })));
    await screen.findByRole("heading", { name: "Einstellungen" });
    expect(document.documentElement.lang).toBe("de");
    await expectAccessible();
  });

  test("say how to sign in and what is connected at login", async () => {
    const { preferences } = picture();
    const gone = { ...preferences, connect_at_login: { profile: "gone" } };
    const desk = show(picture({ profiles: PROFILES, preferences: gone }), { start: { kind: "settings" } });
    const atLogin = screen.getByLabelText("Connect when I log in") as HTMLSelectElement;
    const offered = [...atLogin.options].map(({ text }) => text);
    expect(offered).toEqual(["Nothing", "What was connected last", "contoso-hub", "fabrikam-lab", "home-gateway", "gone"]);
    expect(atLogin.selectedOptions[0]?.text).toBe("gone");
    await expectAccessible();
    fireEvent.change(screen.getByLabelText("How to sign in"), { target: { value: "device_code" } });
    expect(await screen.findByText(/You are shown a code/)).toBeTruthy();
    fireEvent.change(atLogin, { target: { value: "profile:fabrikam-lab" } });
    const code = { ...gone, sign_in: "device_code" as const };
    await waitFor(() =>
      expect(desk.calls).toEqual([
        ["setPreferences", code],
        ["setPreferences", { ...code, connect_at_login: { profile: "fabrikam-lab" } }],
      ]),
    );
  });

  test("keep the words for a profile that is called like one of them", async () => {
    const { preferences } = picture();
    const desk = show(picture({ profiles: [summary("last")] }), { start: { kind: "settings" } });
    const atLogin = screen.getByLabelText("Connect when I log in");
    fireEvent.change(atLogin, { target: { value: "profile:last" } });
    await waitFor(() => expect(desk.calls).toEqual([["setPreferences", { ...preferences, connect_at_login: { profile: "last" } }]]));
  });

  test("do not offer the tray where there is none", () => {
    show(picture({ tray: false }), { start: { kind: "settings" } });
    const box = screen.getByLabelText("Closing the window leaves Spoke in the tray") as HTMLInputElement;
    expect(box.disabled).toBe(true);
    expect(box.checked).toBe(false);
  });

  test("say when they could not be kept", async () => {
    const full = () => Promise.reject(problem({ code: "other", summary: "the disk is full" }));
    show(picture(), { start: { kind: "settings" }, answers: { setPreferences: full } });
    fireEvent.click(screen.getByLabelText("Start when I log in"));
    await screen.findByText("the disk is full.");
    expect((screen.getByLabelText("Start when I log in") as HTMLInputElement).checked).toBe(false);
  });
});

describe("accounts", () => {
  const accounts = [
    { name: "ana@contoso.com", authority: "https://login.microsoftonline.com/contoso", expires: NOON / 1000, renewable: true },
    { name: null, authority: "https://login.microsoftonline.com/fabrikam", expires: 4e9, renewable: false },
  ];

  test("say who is signed in and until when", async () => {
    show(picture({ accounts }), { start: { kind: "accounts" } });
    expect(screen.getByText("ana@contoso.com")).toBeTruthy();
    expect(screen.getByText("Renews by itself")).toBeTruthy();
    expect(screen.getByText("Unnamed account")).toBeTruthy();
    expect(screen.getByText(/^Signed in until .*2096/)).toBeTruthy();
    await expectAccessible();
  });

  test("sign out after a question whose safe side has the focus", async () => {
    const desk = show(picture({ accounts }), { start: { kind: "accounts" } });
    fireEvent.click(screen.getByRole("button", { name: "Sign out: ana@contoso.com" }));
    await screen.findByText("Sign out ana@contoso.com?");
    expect(document.activeElement?.textContent).toBe("Cancel");
    expect(desk.calls).toEqual([]);
    await expectAccessible();
    fireEvent.click(screen.getByRole("button", { name: "Sign out" }));
    await screen.findByText("Signed out.");
    expect(desk.calls).toEqual([["signOut", { kind: "account", name: "ana@contoso.com" }]]);
  });

  test("sign out somebody without a name, by the place", async () => {
    const desk = show(picture({ accounts: accounts.slice(1) }), { start: { kind: "accounts" } });
    const authority = "https://login.microsoftonline.com/fabrikam";
    expect(screen.queryByRole("button", { name: "Sign out of all" })).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: `Sign out: ${authority}` }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByText(authority)).toBeTruthy();
    await expectAccessible();
    fireEvent.click(dialog.getByRole("button", { name: "Sign out" }));
    await waitFor(() => expect(desk.calls).toEqual([["signOut", { kind: "unnamed", authority }]]));
  });

  test("sign all out", async () => {
    const desk = show(picture({ accounts }), { start: { kind: "accounts" } });
    fireEvent.click(screen.getByRole("button", { name: "Sign out of all" }));
    const dialog = within(await screen.findByRole("dialog"));
    fireEvent.click(dialog.getByRole("button", { name: "Sign out of all" }));
    await waitFor(() => expect(desk.calls).toEqual([["signOut", { kind: "everybody" }]]));
  });

  test("say so when nobody is signed in", async () => {
    show(picture(), { start: { kind: "accounts" } });
    expect(screen.getByText("Nobody is signed in.")).toBeTruthy();
    await expectAccessible();
  });
});

describe("logs", () => {
  const lines: LogLine[] = [
    { at_ms: NOON, level: "info", text: "Connecting to office" },
    { at_ms: NOON + 1000, level: "debug", text: "sent 54 bytes" },
    { at_ms: NOON + 2000, level: "error", text: "The gateway does not answer" },
  ];
  const begin = (log: () => Promise<LogLine[]> = async () => lines) =>
    show(picture(), { start: { kind: "logs" }, answers: { log, copy: async () => undefined } });
  const asked = (desk: ReturnType<typeof begin>) => desk.calls.filter(([name]) => name === "log").length;

  test("are filtered, searched and copied as shown", async () => {
    const desk = begin();
    await screen.findByText("Connecting to office");
    expect(screen.queryByText("sent 54 bytes")).toBeNull();
    expect(screen.getByText("2 of 3 lines")).toBeTruthy();
    await expectAccessible();
    fireEvent.change(screen.getByLabelText("Show"), { target: { value: "trace" } });
    expect(screen.getByText("sent 54 bytes")).toBeTruthy();
    fireEvent.input(screen.getByLabelText("Search"), { target: { value: "gateway" } });
    expect(screen.queryByText("sent 54 bytes")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Copy" }));
    expect(desk.calls).toContainEqual(["copy", "2026-05-04T12:00:02.000Z ERROR The gateway does not answer"]);
    fireEvent.input(screen.getByLabelText("Search"), { target: { value: "nowhere" } });
    expect(screen.getByText("No line has all of this.")).toBeTruthy();
  });

  test("are looked at again only while they are followed and seen", async () => {
    vi.useFakeTimers();
    try {
      const desk = begin();
      await pass(100);
      expect(asked(desk)).toBe(1);
      await pass(4000);
      expect(asked(desk)).toBe(3);
      vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
      document.dispatchEvent(new Event("visibilitychange"));
      await pass(100);
      const before = asked(desk);
      await pass(20_000);
      expect(asked(desk)).toBe(before);
    } finally {
      vi.useRealTimers();
    }
  });

  test("stand still when they are not followed", async () => {
    const desk = begin();
    await screen.findByText("Connecting to office");
    fireEvent.click(screen.getByLabelText("Follow"));
    await waitFor(() => expect(asked(desk)).toBe(2));
    fireEvent.click(screen.getByRole("button", { name: "Refresh" }));
    await waitFor(() => expect(asked(desk)).toBe(3));
  });

  test("say why there are none", async () => {
    begin(() => Promise.reject(problem({ code: "daemon_unavailable", summary: "spoked does not answer" })));
    await screen.findByText("spoked does not answer.");
  });
});

describe("about", () => {
  const about = {
    version: "1.2.0",
    daemon: "1.1.0",
    profiles: "~/.config/spoke/profiles",
    keyring: "Secret Service",
    socket: "/run/spoke/spoke.sock",
  };

  test("says versions and where things are kept", async () => {
    const desk = show(picture(), { start: { kind: "about" }, answers: { about: async () => about, copy: async () => undefined } });
    await screen.findByText("~/.config/spoke/profiles");
    expect(screen.getByText("Secret Service")).toBeTruthy();
    expect(screen.getByText("The window is 1.2.0, the service 1.1.0: update both to the same version.")).toBeTruthy();
    await expectAccessible();
    fireEvent.click(screen.getByRole("button", { name: "Copy versions" }));
    expect(desk.calls).toContainEqual(["copy", "Spoke 1.2.0\nService 1.1.0"]);
  });

  test("says that the service is not there", async () => {
    show(picture(), { start: { kind: "about" }, answers: { about: async () => ({ ...about, daemon: null }) } });
    await screen.findByText("not running");
  });
});
