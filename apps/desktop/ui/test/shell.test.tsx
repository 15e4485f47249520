import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "./axe";
import { connected, picture, PROFILES, problem } from "./pictures";
import { show } from "./show";

describe("the welcome page", () => {
  it("offers the three ways to begin", async () => {
    const desk = show(picture(), { answers: { chooseFiles: async () => null } });
    expect(screen.getByRole("heading", { name: "Welcome to Spoke" })).toBeTruthy();
    fireEvent.click(screen.getByText("Import a profile"));
    expect(desk.calls).toEqual([["chooseFiles", "Choose profile files or packages"]]);
    await expectAccessible();
  });

  it("gives way to the profiles", () => {
    const desk = show(picture());
    desk.show(picture({ profiles: PROFILES }));
    return screen.findByRole("heading", { name: "contoso-hub" });
  });
});

describe("the list", () => {
  it("says each profile's state and account in words", async () => {
    show(connected());
    const [first, second] = screen.getAllByRole("option");
    expect(first?.textContent).toBe("contoso-hubConnectedana@contoso.com");
    expect(second?.textContent).toBe("fabrikam-labNot connected");
    await expectAccessible();
  });

  it("is moved in by arrows, and Enter connects", () => {
    const desk = show(picture({ profiles: PROFILES }));
    const list = screen.getByRole("listbox");
    fireEvent.keyDown(list, { key: "ArrowDown" });
    expect(document.activeElement?.textContent).toContain("fabrikam-lab");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("fabrikam-lab");
    fireEvent.keyDown(list, { key: "Enter" });
    expect(desk.calls).toEqual([["connect", "fabrikam-lab"]]);
    fireEvent.keyDown(list, { key: "ArrowUp" });
    fireEvent.keyDown(list, { key: "ArrowUp" });
    expect(document.activeElement?.textContent).toContain("home-gateway");
  });
});

describe("a missing daemon", () => {
  it("that one may not speak with is not to be started", async () => {
    const summary = "You may not open the daemon's socket /run/spoke/spoke.sock.";
    show(
      picture({ profiles: PROFILES, daemon: { kind: "missing", problem: problem({ code: "not_permitted", summary }), start: "start it" } }),
    );
    screen.getByText("You may not use the Spoke service");
    screen.getByText(summary);
    expect(screen.queryByText("start it")).toBeNull();
    await expectAccessible();
  });

  it("is missing for a reason", () => {
    const summary = "This is spoke 2 (API 2), the daemon is 1 (API 1): the daemon is too old.";
    show(picture({ profiles: PROFILES, daemon: { kind: "missing", problem: problem({ code: "daemon_unavailable", summary }), start: "start it" } }));
    screen.getByText(summary);
    screen.getByText("start it");
  });

  it("is told with the command that starts it, until it is there", async () => {
    const missing = { kind: "missing", problem: problem({ code: "daemon_unavailable" }), start: "sudo systemctl start spoked" } as const;
    const desk = show(picture({ daemon: missing }));
    fireEvent.click(screen.getByRole("button", { name: "Copy command" }));
    expect(desk.calls).toEqual([["copy", "sudo systemctl start spoked"]]);
    await expectAccessible();
    desk.show(picture());
    await expect.poll(() => screen.queryByText("sudo systemctl start spoked")).toBeNull();
  });
});
