import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { connectionStates } from "../dev/states_connection";
import { actFor } from "../src/connection/acts";
import { en } from "../src/strings/en";
import type { PromptKind, ProblemCode } from "../src/types";
import { expectAccessible } from "./axe";
import { connected, connection, picture, PROFILES, problem, waiting } from "./pictures";
import { show } from "./show";

const button = (name: string) => screen.getByRole("button", { name });

describe("every screen of a connection", () => {
  for (const [name, state] of Object.entries(connectionStates)) {
    it(`is accessible: ${name}`, async () => {
      show(state.picture, state);
      expect(screen.getAllByRole("heading", { level: 1 })).toHaveLength(1);
      await expectAccessible();
    });
  }
});

describe("not connected", () => {
  it("connects", () => {
    const desk = show(picture({ profiles: PROFILES }));
    fireEvent.click(button("Connect"));
    expect(desk.calls).toEqual([["connect", "contoso-hub"]]);
  });

  it("shows what the desk says against it", async () => {
    show(picture({ profiles: PROFILES }), { answers: { connect: () => Promise.reject(problem({ code: "policy" })) } });
    fireEvent.click(button("Connect"));
    await screen.findByRole("heading", { name: "Your organisation does not allow this" });
  });

  it("cannot connect without the service", () => {
    const daemon = { kind: "missing", problem: problem(), start: "start it" } as const;
    show(picture({ profiles: PROFILES, daemon }));
    expect(button("Connect").hasAttribute("disabled")).toBe(true);
  });

  it("disconnects another connection first", async () => {
    const desk = show(connected(), { start: { kind: "profile", profile: "fabrikam-lab" } });
    fireEvent.click(button("Switch to this connection"));
    await waitFor(() => expect(desk.calls).toEqual([["disconnect"], ["connect", "fabrikam-lab"]]));
  });

  it("tells how the last connection ended", async () => {
    const desk = show(connected({ connected_at_ms: Date.now() - 65_000 }));
    desk.show(connected({ phase: "disconnecting", connected_at_ms: null }));
    desk.show(picture({ profiles: PROFILES }));
    await screen.findByText(/^Disconnected at .*, after 1:05$/);
  });

  it("signs the account out from its menu", () => {
    const account = { name: "ana@contoso.com", authority: "https://login/t", expires: 0, renewable: true };
    const desk = show(picture({ profiles: PROFILES, accounts: [account] }));
    fireEvent.click(button("Account"));
    fireEvent.click(screen.getByRole("menuitem", { name: "Sign out ana@contoso.com" }));
    expect(desk.calls).toEqual([["signOut", { kind: "account", name: "ana@contoso.com" }]]);
  });

  it("opens the menu by the keyboard, moves in it and closes it with Escape", async () => {
    show(picture({ profiles: PROFILES }));
    const more = button("More actions");
    more.focus();
    fireEvent.keyDown(more, { key: "ArrowDown" });
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Edit"));
    fireEvent.keyDown(document.activeElement ?? more, { key: "End" });
    expect(document.activeElement?.textContent).toBe("Remove…");
    fireEvent.keyDown(document.activeElement ?? more, { key: "Escape" });
    expect(screen.queryByRole("menu")).toBeNull();
    expect(document.activeElement).toBe(more);
  });
});

describe("connecting", () => {
  it("shows the stages as steps, each with its state in words", () => {
    show(connectionStates.connecting?.picture ?? picture());
    const steps = within(screen.getByRole("list", { name: "Progress" })).getAllByRole("listitem");
    expect(steps.map(({ textContent }) => textContent?.replace(/\s+/g, " "))).toEqual([
      "Reach the gateway: doneTLS 1.3, certificate ok0.2 s",
      "Sign in: doneana@contoso.com (silent)0.09 s",
      "Set up the tunnel: under way172.16.201.7",
      "Set routes and DNS: not yet",
      "First traffic: not yet",
    ]);
  });

  it("can be cancelled, also while something waits for the user", async () => {
    const desk = show(waiting({ kind: "browser", url: "https://login/", not_opened: null }));
    fireEvent.click(button("Cancel"));
    await waitFor(() => expect(desk.calls).toEqual([["answer", 7, { kind: "cancel" }], ["disconnect"]]));
  });
});

describe("the sign-in", () => {
  it("hands over to the browser, with ways out", async () => {
    const url = "https://login.example/authorize?client=1";
    const desk = show(waiting({ kind: "browser", url, not_opened: null }));
    expect(screen.queryByText(url)).toBeNull();
    fireEvent.click(button("Open again"));
    await waitFor(() => expect(button("Use another device").getAttribute("aria-busy")).toBeNull());
    fireEvent.click(button("Use another device"));
    fireEvent.click(button("Copy link"));
    expect(desk.calls).toEqual([["openAgain", 7], ["useAnotherDevice", 7], ["copy", url]]);
  });

  it("shows the page's address when no browser could be opened", () => {
    show(waiting({ kind: "browser", url: "https://login.example/", not_opened: "xdg-open was not found" }));
    expect(screen.getByText("https://login.example/")).toBeTruthy();
    expect(screen.getByText("xdg-open was not found")).toBeTruthy();
  });

  it("shows code and picture for another device", () => {
    const desk = show(waiting({ kind: "device_code", url: "https://login.example/device", code: "E7KQ", valid_until: 0 }));
    expect(screen.getByText("E7KQ")).toBeTruthy();
    expect(screen.getByRole("img", { name: "QR code for https://login.example/device" })).toBeTruthy();
    fireEvent.click(button("Copy code"));
    expect(desk.calls).toEqual([["copy", "E7KQ"]]);
  });

  const answered: [PromptKind, string, object][] = [
    [{ kind: "page", url: "https://gateway.example/a" }, "Open page", { kind: "yes" }],
    [{ kind: "page", url: "https://gateway.example/a" }, "Do not open", { kind: "no" }],
    [{ kind: "token_file", path: "sign-ins" }, "Keep it in the file", { kind: "yes" }],
    [{ kind: "token_file", path: "sign-ins" }, "Do not keep it", { kind: "no" }],
  ];
  for (const [kind, press, answer] of answered) {
    it(`answers ${kind.kind} with ${press}`, () => {
      const desk = show(waiting(kind));
      fireEvent.click(button(press));
      expect(desk.calls).toEqual([["answer", 7, answer]]);
    });
  }

  it("says when it is the proxy that wants a password", () => {
    show(waiting({ kind: "password", username: "ana", can_remember: true, proxy: "proxy.example:8080" }));
    screen.getByText(/^The proxy proxy\.example:8080 /);
  });

  it("asks for user name and password, and lets the password go", async () => {
    const desk = show(waiting({ kind: "password", username: null, can_remember: true, proxy: null }));
    const name = screen.getByLabelText("User name");
    await waitFor(() => expect(document.activeElement).toBe(name));
    const form = name.closest("form") as HTMLFormElement;
    fireEvent.submit(form);
    await screen.findByText("Type in a user name.");
    fireEvent.input(name, { target: { value: "ana" } });
    const password = screen.getByLabelText<HTMLInputElement>("Password");
    fireEvent.input(password, { target: { value: "kestrel" } });
    fireEvent.click(screen.getByLabelText("Remember the password in the keyring"));
    fireEvent.submit(form);
    expect(desk.calls).toEqual([["answer", 7, { kind: "password", username: "ana", password: "kestrel", remember: true }]]);
    await waitFor(() => expect(password.value).toBe(""));
  });

  it("asks the gateway's question, hidden unless it may be seen", () => {
    const desk = show(waiting({ kind: "question", text: "Code?", echo: false }));
    const answer = screen.getByLabelText<HTMLInputElement>("Answer");
    expect(answer.type).toBe("password");
    fireEvent.input(answer, { target: { value: "4711" } });
    fireEvent.submit(answer.closest("form") as HTMLFormElement);
    expect(desk.calls).toEqual([["answer", 7, { kind: "text", text: "4711" }]]);
    cleanup();
    show(waiting({ kind: "question", text: "Code?", echo: true }));
    expect(screen.getByLabelText<HTMLInputElement>("Answer").type).toBe("text");
  });

  it("says that a file's password was wrong", () => {
    show(waiting({ kind: "file_password", file: "ana.p12", again: true }));
    expect(screen.getByText("That was not the password. Try again.")).toBeTruthy();
  });

  it("is told of on every other page", async () => {
    show(waiting({ kind: "page", url: "https://a.example" }), { start: { kind: "profile", profile: "fabrikam-lab" } });
    fireEvent.click(within(screen.getByRole("alert")).getByRole("button", { name: "Show" }));
    await screen.findByRole("heading", { level: 1, name: "contoso-hub" });
  });
});

describe("waiting", () => {
  it("says why, what traffic does meanwhile, and tries at once when asked", () => {
    const desk = show(connectionStates.reconnecting?.picture ?? picture());
    expect(screen.getByText("the gateway has been silent for 120 s.")).toBeTruthy();
    expect(screen.getByText(en.connection.traffic.meanwhile)).toBeTruthy();
    fireEvent.click(button("Retry now"));
    expect(desk.calls).toEqual([["retryNow"]]);
  });
});

describe("a failure", () => {
  it("says what, why and what to do, with the details for support", () => {
    const desk = show(connectionStates.failed_refused?.picture ?? picture());
    const alert = screen.getByRole("alert");
    expect(within(alert).getByRole("heading").textContent).toBe("The sign-in was refused");
    expect(alert.textContent).toContain("Code: sign_in_refused");
    expect(alert.textContent).toContain("Step: Reach the gateway (no answer)");
    fireEvent.click(within(alert).getByRole("button", { name: "Copy details" }));
    expect(String(desk.calls[0]?.[1])).toContain("AADSTS50105");
    fireEvent.click(within(alert).getByRole("button", { name: "Sign in" }));
    expect(desk.calls[1]).toEqual(["connect", "contoso-hub"]);
  });

  it("never shows a command as what to do", () => {
    show(connected({ phase: "failed", problem: problem({ hint: "spoke probe contoso-hub" }) }));
    expect(document.body.textContent).not.toContain("spoke probe");
  });

  it("offers the one act of its code", () => {
    const codes = Object.keys(en.problems.codes) as ProblemCode[];
    expect(codes).toHaveLength(24);
    for (const code of codes) {
      cleanup();
      show(connected({ phase: "failed", problem: problem({ code }) }));
      const act = actFor(code);
      const primary = document.querySelectorAll(".problem .button-primary");
      expect([code, [...primary].map(({ textContent }) => textContent)]).toEqual([code, act === null ? [] : [en.connection.acts[act]]]);
    }
  });

  it("signs out before another account signs in", async () => {
    const desk = show(connected({ phase: "failed", problem: problem({ code: "credentials_refused" }) }));
    fireEvent.click(button("Sign in with another account"));
    await waitFor(() => expect(desk.calls).toEqual([["signOut", { kind: "profile", profile: "contoso-hub" }], ["connect", "contoso-hub"]]));
  });
});

describe("what the user cancelled", () => {
  it("is no failure", async () => {
    show(connected({ phase: "failed", problem: problem({ code: "cancelled" }) }), {
      answers: { connect: () => Promise.reject(problem({ code: "cancelled" })) },
    });
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getAllByRole("option")[0]?.textContent).toContain("Not connected");
    fireEvent.click(button("Connect"));
    await waitFor(() => expect(button("Connect").getAttribute("aria-busy")).toBeNull());
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("can be cancelled while Connect is still being answered", async () => {
    const answers = { connect: () => new Promise<void>(() => undefined) };
    const desk = show(picture({ profiles: PROFILES }), { answers });
    fireEvent.click(button("Connect"));
    desk.show(picture({ profiles: PROFILES, prompt: { id: 3, profile: "contoso-hub", kind: { kind: "file_password", file: "a.p12", again: false } } }));
    fireEvent.click(await screen.findByRole("button", { name: "Cancel" }));
    expect(desk.calls.at(-1)).toEqual(["answer", 3, { kind: "cancel" }]);
  });
});

describe("another user's connection", () => {
  it("is told of without a name, and not in the list", () => {
    show(picture({ profiles: PROFILES, state: { connection: connection({ profile: "", owner: 1001 }) } }));
    expect(screen.getAllByRole("option")).toHaveLength(3);
    expect(screen.getByText("Another user of this computer is connected")).toBeTruthy();
    expect(button("Connect")).toBeTruthy();
  });
});

describe("announcements", () => {
  it("tell each change of state once", async () => {
    const desk = show(connected({ phase: "connecting", connected_at_ms: null }));
    const said = () => [...document.querySelectorAll("[role=status]")].map(({ textContent }) => textContent).join("");
    expect(said()).toBe("contoso-hub: Connecting");
    desk.show(connected());
    await waitFor(() => expect(said()).toBe("contoso-hub: Connected"));
    const region = document.querySelector("[role=status]")?.firstChild;
    desk.show(connected({ traffic: { ...connection().traffic, received: 5 } }));
    await waitFor(() => expect(screen.getByText("5 B")).toBeTruthy());
    expect(document.querySelector("[role=status]")?.firstChild).toBe(region);
  });
});
