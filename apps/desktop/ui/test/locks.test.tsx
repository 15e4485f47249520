import { act, fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import type { Locks, Picture } from "../src/types";
import { expectAccessible } from "./axe";
import { connection, picture, problem, PROFILES } from "./pictures";
import { detail, plan, planned, REPAIRED } from "./plans";
import { show } from "./show";

const LOCKS: Locks = {
  organisation: "Contoso IT",
  contact: "https://help.contoso.com",
  settings: ["sign-in", "notifications"],
  forbidden: ["change-profiles", "show-secrets"],
};
const locked = (changes: Partial<Picture> = {}) => picture({ profiles: PROFILES, locks: LOCKS, ...changes });

/** The dialog that says who forbids it; it is sent away. */
async function refusal() {
  const dialog = await screen.findByRole("dialog");
  expect(within(dialog).getByText(/profiles are not added or changed: this was set by Contoso IT/)).toBeTruthy();
  expect(within(dialog).getByText("Questions: https://help.contoso.com")).toBeTruthy();
  await expectAccessible();
  fireEvent.click(within(dialog).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
}

describe("what an administrator has decided", () => {
  test("is shown beside the settings, which take no other value", async () => {
    const desk = show(locked(), { start: { kind: "settings" } });
    const way = screen.getByLabelText("How to sign in") as HTMLSelectElement;
    expect(way.disabled).toBe(true);
    expect(document.getElementById(way.getAttribute("aria-describedby") ?? "")?.textContent).toBe("Set by Contoso IT");
    expect((screen.getByLabelText("Show notifications") as HTMLInputElement).disabled).toBe(true);
    expect((screen.getByLabelText("Language") as HTMLSelectElement).disabled).toBe(false);
    expect(screen.getByText("Questions: https://help.contoso.com")).toBeTruthy();
    await expectAccessible();
    // As soon as it is decided no more, the user chooses.
    act(() => desk.show(picture({ profiles: PROFILES })));
    expect((screen.getByLabelText("How to sign in") as HTMLSelectElement).disabled).toBe(false);
    expect(screen.queryByText("Set by Contoso IT")).toBeNull();
  });

  test("keeps from every way to another profile, and says who did", async () => {
    const desk = show(locked({ profiles: [] }));
    expect(screen.getAllByText("Set by Contoso IT").length).toBe(3);
    await expectAccessible();
    fireEvent.click(screen.getByRole("button", { name: /^Import a profile/ }));
    await refusal();
    fireEvent.click(screen.getByRole("button", { name: "Add" }));
    await refusal();
    act(() => desk.drop(["/home/ana/azurevpn.zip"]));
    await refusal();
    expect(desk.calls).toEqual([]);
    // What was opened from outside holds secrets, and is let go.
    act(() => desk.show(locked({ profiles: [], opened: plan([planned(0)]) })));
    await refusal();
    expect(desk.calls).toEqual([["dropImport", plan([]).id]]);
  });

  test("keeps profiles as they are", async () => {
    const answers = { profile: async () => detail({ findings: REPAIRED.findings }) };
    const desk = show(locked(), { start: { kind: "profile", profile: "contoso-hub" }, answers });
    for (const item of ["Edit", "Rename…", "Duplicate"]) {
      fireEvent.click(screen.getByRole("button", { name: "More actions" }));
      fireEvent.click(await screen.findByRole("menuitem", { name: item }));
      await refusal();
    }
    expect(desk.calls).toEqual([]);
  });

  test("leaves secrets out of what is exported", async () => {
    const answers = { profile: async () => detail(), chooseExport: async () => "/tmp/out.xml" };
    const desk = show(locked(), { dialog: { kind: "export", profile: "contoso-hub" }, answers });
    const dialog = within(await screen.findByRole("dialog"));
    const box = dialog.getByRole("checkbox") as HTMLInputElement;
    expect(box.disabled).toBe(true);
    expect(dialog.getByText("Set by Contoso IT")).toBeTruthy();
    await expectAccessible();
    fireEvent.click(dialog.getByRole("button", { name: "Export…" }));
    await waitFor(() =>
      expect(desk.calls).toContainEqual([
        "exportProfile",
        { profile: "contoso-hub", path: "/tmp/out.xml", format: "azure", with_secret: false },
      ]),
    );
  });

  test("is told where a connection is refused, with whom to ask", async () => {
    const refused = problem({ code: "policy", summary: "Contoso IT does not allow connections to gw.example.", cause: null });
    show(locked({ state: { connection: connection({ phase: "failed", connected_at_ms: null, problem: refused }) } }), {
      start: { kind: "profile", profile: "contoso-hub" },
    });
    expect(screen.getByText("Contoso IT does not allow connections to gw.example.")).toBeTruthy();
    expect(screen.getByText("Questions: https://help.contoso.com")).toBeTruthy();
    await expectAccessible();
  });

  test("is said without a name where nobody gave one, in German too", async () => {
    const { preferences } = picture();
    show(locked({ preferences: { ...preferences, language: "german" }, locks: { ...LOCKS, organisation: null, contact: null } }), {
      start: { kind: "settings" },
    });
    expect(screen.getAllByText("Festgelegt von Ihrer Administration").length).toBe(2);
    fireEvent.click(screen.getByRole("button", { name: "Hinzufügen" }));
    await screen.findByText(/keine Profile hinzugefügt oder geändert: Das ist von Ihrer Administration so festgelegt/);
    expect(screen.queryByText(/^Fragen an/)).toBeNull();
    await expectAccessible();
  });
});
