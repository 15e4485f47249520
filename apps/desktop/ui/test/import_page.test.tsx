import { fireEvent, screen, waitFor, within } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import type { Desk } from "../src/desk";
import type { ImportPlan, Picture } from "../src/types";
import { expectAccessible } from "./axe";
import { picture, problem, PROFILES, summary } from "./pictures";
import { CLASHING, PACKAGE, plan, planned, REPAIRED, TENANT } from "./plans";
import { show, typedAnywhere } from "./show";

function begin(found: ImportPlan, first: Picture = picture(), answers: Partial<Desk> = {}) {
  return show(first, {
    start: { kind: "import", plan: found },
    answers: { saveImport: async (_, choices) => choices.map(({ name }) => name), ...answers },
  });
}

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const saved = (desk: ReturnType<typeof show>) => desk.calls.filter(([name]) => name === "saveImport");

describe("one profile", () => {
  test("is shown with all its fields and saved under its name", async () => {
    const desk = begin(plan([planned(0)]));
    expect(screen.getByRole("heading", { name: "Imported profile" })).toBeTruthy();
    expect(screen.getByText("DigiCert Global Root G2")).toBeTruthy();
    expect(screen.getByText("Certificate Information")).toBeTruthy();
    await expectAccessible();
    fireEvent.click(button("Save"));
    await waitFor(() =>
      expect(saved(desk)).toEqual([
        ["saveImport", 5, [{ index: 0, name: "contoso-hub", on_clash: "refuse", undo: [], trust_authority: false }]],
      ]),
    );
    desk.show(picture({ profiles: [summary("contoso-hub")] }));
    await waitFor(() => expect(screen.queryByText("Imported profile")).toBeNull());
    expect(desk.calls.some(([name]) => name === "dropImport")).toBe(false);
  });

  test("can be connected at once", async () => {
    const desk = begin(plan([planned(0)]));
    fireEvent.click(button("Save and Connect"));
    await waitFor(() => expect(desk.calls).toContainEqual(["connect", "contoso-hub"]));
  });

  test("a repair is undone where the original can be kept", async () => {
    const desk = begin(plan([REPAIRED]));
    expect(screen.getByText("2 repairs were made")).toBeTruthy();
    expect(screen.getByText(`In the file: https://sts.windows.net/${TENANT}`)).toBeTruthy();
    expect(screen.getAllByRole("button", { name: /^Undo/ })).toHaveLength(1);
    expect(screen.getAllByText(/there is nothing to undo/)).toHaveLength(1);
    fireEvent.click(button("Undo: Issuer"));
    expect(screen.getByText("Undone: as in the file.")).toBeTruthy();
    await expectAccessible();
    fireEvent.click(button("Save"));
    await waitFor(() => expect(saved(desk)[0]?.[2]).toMatchObject([{ undo: [0] }]));
  });

  test("a failure stands on the page, and the plan is kept", async () => {
    const failing = { saveImport: () => Promise.reject(problem({ code: "conflict", summary: "the name is taken" })) };
    const desk = begin(plan([planned(0)]), picture(), failing);
    fireEvent.click(button("Save"));
    await screen.findByText("the name is taken.");
    expect(desk.calls.some(([name]) => name === "dropImport")).toBe(false);
  });

  test("cancel lets the plan go", async () => {
    const desk = begin(plan([planned(0)]));
    fireEvent.click(button("Cancel"));
    await waitFor(() => expect(desk.calls).toContainEqual(["dropImport", 5]));
  });
});

describe("a name that is taken", () => {
  const stored = picture({ profiles: PROFILES });

  test("both are kept unless the user says otherwise, and the difference is shown", async () => {
    const desk = begin(plan([CLASHING]), stored);
    const table = screen.getByRole("table");
    expect(within(table).getByText("azuregateway-old.vpn.azure.com")).toBeTruthy();
    expect(within(table).getByText("azuregateway-new.vpn.azure.com")).toBeTruthy();
    await expectAccessible();
    fireEvent.click(button("Save"));
    await waitFor(() => expect(saved(desk)[0]?.[2]).toMatchObject([{ name: "contoso-hub 2", on_clash: "refuse" }]));
  });

  test("the stored one is replaced when that is chosen", async () => {
    const desk = begin(plan([CLASHING]), stored);
    fireEvent.click(screen.getByRole("radio", { name: "Replace the stored one" }));
    fireEvent.click(button("Save"));
    await waitFor(() => expect(saved(desk)[0]?.[2]).toMatchObject([{ name: "contoso-hub", on_clash: "replace" }]));
  });

  test("a new name that is taken too is refused below its field", async () => {
    begin(plan([CLASHING]), stored);
    const field = screen.getByLabelText("Name to save it under");
    fireEvent.input(field, { target: { value: "fabrikam-lab" } });
    expect(screen.getByText("This name is taken. Choose another.")).toBeTruthy();
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(button("Save").hasAttribute("disabled")).toBe(true);
    await expectAccessible();
  });
});

test("a sign-in host that is not Microsoft's has to be ticked", async () => {
  const desk = begin(plan([planned(0, { untrusted_authority: "login.evil.example" })]));
  expect(button("Save").hasAttribute("disabled")).toBe(true);
  await expectAccessible();
  fireEvent.click(screen.getByRole("checkbox", { name: /I know login\.evil\.example/ }));
  fireEvent.click(button("Save"));
  await waitFor(() => expect(saved(desk)[0]?.[2]).toMatchObject([{ trust_authority: true }]));
});

test("a secret that the file lacks is asked for, and leaves the page with it", async () => {
  const secret = "0f".repeat(256);
  const desk = begin(plan([planned(0, { needs_secret: true })]));
  expect(button("Save").hasAttribute("disabled")).toBe(true);
  const field = screen.getByLabelText("Server Secret") as HTMLInputElement;
  expect(field.type).toBe("password");
  await expectAccessible();
  fireEvent.input(field, { target: { value: secret } });
  fireEvent.click(button("Save"));
  await waitFor(() => expect(saved(desk)[0]?.[2]).toMatchObject([{ secret }]));
  await waitFor(() => expect(document.body.contains(field)).toBe(false));
  expect(typedAnywhere(secret)).toBe(false);
});

test("a password in the file is kept only when that is ticked", async () => {
  const desk = begin(plan([planned(0, { has_password: true })]));
  fireEvent.click(screen.getByRole("checkbox", { name: "Keep the password of the file in the keyring" }));
  fireEvent.click(button("Save"));
  await waitFor(() => expect(saved(desk)[0]?.[2]).toMatchObject([{ keep_password: true }]));
});

test("of several profiles those that are ticked are saved; refused files say why", async () => {
  const desk = begin(PACKAGE);
  expect(screen.getByText("3 of 3 chosen")).toBeTruthy();
  expect(screen.getByText("up: the file would run a program of its own.")).toBeTruthy();
  expect(screen.getByText("OpenVPN/vpnconfig.ovpn")).toBeTruthy();
  expect(button("Save").hasAttribute("disabled")).toBe(true);
  fireEvent.click(screen.getByRole("checkbox", { name: "contoso-lab" }));
  expect(screen.getByText("2 of 3 chosen")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Save and Connect" })).toBeNull();
  await expectAccessible();
  fireEvent.click(button("Save"));
  await waitFor(() =>
    expect((saved(desk)[0]?.[2] as { name: string }[]).map(({ name }) => name)).toEqual(["contoso-entra", "contoso-cert"]),
  );
});

test("where nothing is found other files can be chosen", async () => {
  const answers = { chooseFiles: async () => ["/a.xml"], inspectFiles: async () => plan([planned(0)], { id: 6 }) };
  const desk = begin(plan([]), picture(), answers);
  await expectAccessible();
  fireEvent.click(button("Choose other files…"));
  await screen.findByText("Imported profile");
  expect(desk.calls).toContainEqual(["inspectFiles", ["/a.xml"]]);
  expect(desk.calls).toContainEqual(["dropImport", 5]);
});

describe("what comes in by itself", () => {
  test("files over the window are told so, and looked at when dropped", async () => {
    const desk = show(picture(), { answers: { inspectFiles: async () => plan([planned(0)]) } });
    desk.hover(true);
    await screen.findByText("Drop to import");
    desk.hover(false);
    await waitFor(() => expect(screen.queryByText("Drop to import")).toBeNull());
    desk.drop(["/home/ana/azurevpn.zip"]);
    await screen.findByText("Imported profile");
    expect(desk.calls).toContainEqual(["inspectFiles", ["/home/ana/azurevpn.zip"]]);
  });

  test("a drop that cannot be read is told", async () => {
    const failing = { inspectFiles: () => Promise.reject(problem({ code: "other", summary: "the folder cannot be read" })) };
    const desk = show(picture(), { answers: failing });
    desk.drop(["/root"]);
    await screen.findByText("the folder cannot be read.");
  });

  test("a file that was opened from outside is shown, once", async () => {
    const opened = plan([planned(0)], { id: 9 });
    const desk = show(picture());
    desk.show(picture({ opened }));
    await screen.findByText("Imported profile");
    fireEvent.click(button("Cancel"));
    await waitFor(() => expect(desk.calls).toContainEqual(["dropImport", 9]));
    desk.show(picture({ opened, notices: [{ code: "other", about: [], text: "x" }] }));
    await waitFor(() => expect(screen.queryByText("Imported profile")).toBeNull());
  });
});
