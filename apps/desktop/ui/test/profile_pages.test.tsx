import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import type { Desk } from "../src/desk";
import { fileName } from "../src/profiles/export_dialog";
import type { Picture } from "../src/types";
import { expectAccessible } from "./axe";
import { connected, picture, problem, PROFILES, summary } from "./pictures";
import { detail, FAILED, finding, judge, REACHED, STORED } from "./plans";
import { show } from "./show";

const stored = picture({ profiles: PROFILES });
const answers: Partial<Desk> = { profile: async () => detail(), probeForm: async () => REACHED };

function ask(kind: "rename" | "remove" | "export", first: Picture = stored, others: Partial<Desk> = {}) {
  const desk = show(first, { dialog: { kind, profile: "contoso-hub" }, answers: { ...answers, ...others } });
  return { desk, dialog: within(screen.getByRole("dialog")) };
}

const gone = () => waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

describe("remove", () => {
  test("names the profile; focus and Escape are on the safe side", async () => {
    const { desk, dialog } = ask("remove");
    expect(dialog.getByText(/“contoso-hub” is removed from this computer/)).toBeTruthy();
    expect(document.activeElement).toBe(dialog.getByRole("button", { name: "Cancel" }));
    expect(dialog.queryByText(/will be disconnected first/)).toBeNull();
    await expectAccessible();
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape" });
    await gone();
    expect(desk.calls.some(([name]) => name === "remove")).toBe(false);
  });

  test("Enter in the dialog removes nothing", async () => {
    const { desk } = ask("remove");
    const form = screen.getByRole("dialog").querySelector("form");
    if (form) fireEvent.submit(form);
    expect(desk.calls.some(([name]) => name === "remove")).toBe(false);
  });

  test("says that it disconnects first, and does it", async () => {
    const { desk, dialog } = ask("remove", connected());
    expect(dialog.getByText("It is connected now and will be disconnected first.")).toBeTruthy();
    fireEvent.click(dialog.getByRole("button", { name: "Remove" }));
    await gone();
    expect(desk.calls).toContainEqual(["remove", "contoso-hub"]);
  });

  test("says why it could not", async () => {
    const failing = { remove: () => Promise.reject(problem({ code: "other", summary: "the file is write-protected" })) };
    const { dialog } = ask("remove", stored, failing);
    fireEvent.click(dialog.getByRole("button", { name: "Remove" }));
    await dialog.findByText("the file is write-protected.");
  });
});

describe("rename", () => {
  test("takes a new name with Enter", async () => {
    const { desk, dialog } = ask("rename");
    const field = dialog.getByLabelText("New name");
    expect(document.activeElement).toBe(field);
    await expectAccessible();
    fireEvent.input(field, { target: { value: " contoso " } });
    const form = field.closest("form");
    if (form) fireEvent.submit(form);
    await gone();
    expect(desk.calls).toContainEqual(["rename", "contoso-hub", "contoso"]);
  });

  test("refuses a name that is empty or taken", () => {
    const { dialog } = ask("rename");
    const field = dialog.getByLabelText("New name");
    fireEvent.input(field, { target: { value: "" } });
    expect(dialog.getByText("A connection needs a name.")).toBeTruthy();
    fireEvent.input(field, { target: { value: "home-gateway" } });
    expect(dialog.getByText("Another connection has this name.")).toBeTruthy();
    expect(dialog.getByRole("button", { name: "Rename" }).hasAttribute("disabled")).toBe(true);
  });

  test("waits until it is disconnected", () => {
    const { dialog } = ask("rename", connected());
    fireEvent.input(dialog.getByLabelText("New name"), { target: { value: "other" } });
    expect(dialog.getByText("It is connected. Disconnect first to rename it.")).toBeTruthy();
    expect(dialog.getByRole("button", { name: "Rename" }).hasAttribute("disabled")).toBe(true);
  });
});

describe("export", () => {
  const choose = { chooseExport: async (_: string, name: string) => `/home/ana/${name}` };

  test("leaves the secret out unless it is ticked, with a warning", async () => {
    const { desk, dialog } = ask("export", stored, choose);
    await expectAccessible();
    fireEvent.click(dialog.getByRole("button", { name: "Export…" }));
    await screen.findByText("Written to /home/ana/contoso-hub.xml, readable by you alone.");
    expect(desk.calls).toContainEqual([
      "exportProfile",
      { profile: "contoso-hub", path: "/home/ana/contoso-hub.xml", format: "azure", with_secret: false },
    ]);
    fireEvent.click(screen.getByRole("button", { name: "Close" }));
    await gone();
  });

  test("takes the secret and the other format when asked", async () => {
    const { desk, dialog } = ask("export", stored, choose);
    fireEvent.click(dialog.getByRole("radio", { name: /Spoke profile/ }));
    fireEvent.click(dialog.getByRole("checkbox", { name: "Include the server secret" }));
    expect(dialog.getByText(/Whoever has the file can talk to your gateway/)).toBeTruthy();
    await expectAccessible();
    fireEvent.click(dialog.getByRole("button", { name: "Export…" }));
    await waitFor(() =>
      expect(desk.calls).toContainEqual([
        "exportProfile",
        { profile: "contoso-hub", path: "/home/ana/contoso-hub.spoke.json", format: "spoke", with_secret: true },
      ]),
    );
  });

  test("says what an Azure file would lose", async () => {
    const { dialog } = ask("export", stored, { profile: async () => detail({ lost_in_azure: ["mtu", "reneg-sec"] }) });
    await dialog.findByText("MTU");
    expect(dialog.getByText("reneg-sec")).toBeTruthy();
    fireEvent.click(dialog.getByRole("radio", { name: /Spoke profile/ }));
    expect(dialog.queryByText("MTU")).toBeNull();
  });

  test("does nothing when no place is chosen", async () => {
    const { desk, dialog } = ask("export", stored, { chooseExport: async () => null });
    fireEvent.click(dialog.getByRole("button", { name: "Export…" }));
    await waitFor(() => expect(desk.calls.some(([name]) => name === "chooseExport")).toBe(true));
    expect(desk.calls.some(([name]) => name === "exportProfile")).toBe(false);
    expect(screen.getByRole("dialog")).toBeTruthy();
  });

  test.each([
    ["office", "office.xml"],
    ["a/b\\c:d", "a-b-c-d.xml"],
    ["..hidden", "hidden.xml"],
    ["...", "profile.xml"],
  ])("a profile named %s goes to %s", (name, file) => {
    expect(fileName(name, "azure")).toBe(file);
  });
});

describe("check", () => {
  const start = { kind: "check" as const, profile: "contoso-hub" };

  test("says that nothing is wrong, and shows all fields", async () => {
    show(stored, { start, answers });
    await screen.findByText("Nothing is wrong with this profile.");
    expect(screen.getByText("DigiCert Global Root G2")).toBeTruthy();
    await expectAccessible();
  });

  test("tells apart what can be mended and what is only to be known, and leads to the form", async () => {
    const findings = [finding(), finding({ code: "routes-many", severity: "warning", message: "There are too many routes." })];
    show(stored, { start, answers: { ...answers, profile: async () => detail({ findings }), checkForm: async (form) => judge(form) } });
    await screen.findByRole("heading", { name: "Can be repaired" });
    expect(screen.getByRole("heading", { name: "Worth a look" })).toBeTruthy();
    expect(screen.getByText(/There are too many routes\./)).toBeTruthy();
    expect(screen.queryByText("Nothing is wrong with this profile.")).toBeNull();
    await expectAccessible();
    fireEvent.click(screen.getByRole("button", { name: "Edit…" }));
    await screen.findByRole("heading", { name: "Edit contoso-hub" });
  });

  test("repairs what can be, and shows what is left", async () => {
    let findings = [finding(), finding({ code: "routes-many", severity: "warning", message: "There are too many routes." })];
    const desk = show(stored, {
      start,
      answers: {
        profile: async () => detail({ findings }),
        repair: async () => {
          findings = findings.slice(1);
        },
      },
    });
    fireEvent.click(await screen.findByRole("button", { name: "Repair and save" }));
    await screen.findByText("Repaired and saved.");
    expect(desk.calls).toContainEqual(["repair", "contoso-hub"]);
    expect(screen.queryByRole("heading", { name: "Can be repaired" })).toBeNull();
    expect(screen.queryByRole("button", { name: "Repair and save" })).toBeNull();
    expect(screen.getByText(/There are too many routes\./)).toBeTruthy();
    await expectAccessible();
  });

  test("leads to the form, but for what the form cannot hold", async () => {
    const beyond = { profile: async () => detail({ summary: summary("contoso-hub", { beyond_form: true }) }) };
    show(stored, { start, answers: beyond });
    await screen.findByText("Nothing is wrong with this profile.");
    expect(screen.queryByRole("button", { name: "Edit…" })).toBeNull();
  });
});

describe("diagnose", () => {
  const start = { kind: "diagnose" as const, profile: "contoso-hub" };

  test("tries the stored profile when asked", async () => {
    const desk = show(stored, { start, answers });
    expect(desk.calls.some(([name]) => name === "probeForm")).toBe(false);
    await expectAccessible();
    fireEvent.click(screen.getByRole("button", { name: "Start the test" }));
    await screen.findByText(/The gateway answers and asks for a sign-in/);
    expect(desk.calls).toContainEqual(["probeForm", STORED, "contoso-hub"]);
    expect(screen.getByText("Gateway azuregateway-1c2d.vpn.azure.com at 20.61.10.4:443")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Test again" })).toBeTruthy();
  });

  test("shows the stage that failed and why", async () => {
    show(stored, { start, answers: { ...answers, probeForm: async () => FAILED } });
    fireEvent.click(screen.getByRole("button", { name: "Start the test" }));
    await screen.findByText("The gateway does not answer the first packet.");
    const failed = document.querySelector(".probe-failed");
    expect(failed?.textContent).toContain("failed");
    await expectAccessible();
  });

  test("says why there can be no test", async () => {
    const missing = () => Promise.reject(problem({ code: "daemon_unavailable", summary: "spoked does not answer" }));
    show(stored, { start, answers: { ...answers, probeForm: missing } });
    fireEvent.click(screen.getByRole("button", { name: "Start the test" }));
    await screen.findByText("spoked does not answer.");
  });
});
