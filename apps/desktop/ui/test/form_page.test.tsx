import { fireEvent, screen, waitFor } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import type { Desk } from "../src/desk";
import type { ProfileForm, RootChoice } from "../src/types";
import { expectAccessible } from "./axe";
import { picture, problem, PROFILES, summary } from "./pictures";
import { BLANK, detail, FAILED, finding, judge, REACHED, TENANT } from "./plans";
import { show, typedAnywhere } from "./show";

const SECRET = "0f".repeat(256);

const answers: Partial<Desk> = {
  blankForm: async () => BLANK,
  profile: async () => detail(),
  checkForm: async (form) => judge(form),
  saveForm: async (form) => form.name,
  probeForm: async () => REACHED,
};

async function add(others: Partial<Desk> = {}) {
  const desk = show(picture(), { start: { kind: "add" }, answers: { ...answers, ...others } });
  await screen.findByLabelText("Connection Name");
  return desk;
}

async function edit(others: Partial<Desk> = {}) {
  const stored = picture({ profiles: PROFILES });
  const desk = show(stored, { start: { kind: "edit", profile: "contoso-hub" }, answers: { ...answers, ...others } });
  await screen.findByRole("heading", { name: "Edit contoso-hub" });
  return desk;
}

const type = (label: string, value: string) => fireEvent.input(screen.getByLabelText(label), { target: { value } });
const button = (name: string) => screen.getByRole("button", { name });
const value = (label: string) => (screen.getByLabelText(label) as HTMLInputElement).value;

function fill() {
  type("Connection Name", "office");
  type("VPN Server", "azuregateway-1.vpn.azure.com");
  type("Server Secret", SECRET);
  type("Tenant", TENANT);
}

const savedForm = (desk: ReturnType<typeof show>) =>
  desk.calls.find(([name]) => name === "saveForm")?.[1] as ProfileForm | undefined;

describe("a connection added by hand", () => {
  test("has exactly the fields of Microsoft's client, the others folded", async () => {
    await add();
    for (const label of [
      "Connection Name",
      "VPN Server",
      "Certificate Information",
      "Server Secret",
      "Authentication Type",
      "Tenant",
      "Audience",
      "Issuer",
    ]) {
      expect(screen.getByLabelText(label), label).toBeTruthy();
    }
    expect(screen.queryByLabelText("User name")).toBeNull();
    expect(document.activeElement).toBe(screen.getByLabelText("Connection Name"));
    const folded = screen.getByLabelText("DNS servers").closest("details");
    expect(folded?.open).toBe(false);
    expect(document.querySelector("[data-field=server]")?.closest("details")).toBeNull();
    await expectAccessible();
  });

  test("is saved as typed, and the issuer follows the tenant", async () => {
    const desk = await add();
    fill();
    expect(value("Issuer")).toBe(`https://sts.windows.net/${TENANT}/`);
    expect(screen.getByText("512 of 512 digits")).toBeTruthy();
    expect(document.body.textContent).not.toContain(SECRET);
    expect(typedAnywhere(SECRET)).toBe(true);
    fireEvent.click(button("Save"));
    await waitFor(() => expect(savedForm(desk)?.name).toBe("office"));
    expect(savedForm(desk)).toMatchObject({ secret: SECRET, tenant: TENANT, sign_in: "entra" });
    desk.show(picture({ profiles: [summary("office")] }));
    await waitFor(() => expect(screen.queryByLabelText("Server Secret")).toBeNull());
    expect(typedAnywhere(SECRET)).toBe(false);
  });

  test("complains of what is missing after the field was left, of what is wrong at once", async () => {
    await add();
    await waitFor(() => expect(screen.queryByText("VPN Server is missing.")).toBeNull());
    fireEvent.blur(screen.getByLabelText("VPN Server"));
    await screen.findByText("VPN Server is missing.");
    expect(screen.queryByText("Tenant is missing.")).toBeNull();
    type("VPN Server", "two words");
    await screen.findByText(/A host name holds no white space\. Copy it again\./);
    expect(screen.getByLabelText("VPN Server").getAttribute("aria-invalid")).toBe("true");
    await expectAccessible();
  });

  test("does not complain of what stood in a field before", async () => {
    await add();
    const field = screen.getByLabelText("Connection Name");
    fireEvent.blur(field);
    await screen.findByText("Connection Name is missing.");
    type("Connection Name", "office");
    expect(screen.queryByText("Connection Name is missing.")).toBeNull();
  });

  test("shows all faults on Save, and the first gets the focus", async () => {
    const desk = await add();
    type("Connection Name", "office");
    fireEvent.click(button("Save"));
    await screen.findByText("VPN Server is missing.");
    expect(screen.getByText("Server Secret is missing.")).toBeTruthy();
    expect(screen.getByText("3 fields need a look before this can be saved.")).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByLabelText("VPN Server"));
    expect(desk.calls.some(([name]) => name === "saveForm")).toBe(false);
  });

  test("unfolds what has a fault", async () => {
    await add();
    fill();
    type("Include routes", "ten");
    fireEvent.click(button("Save"));
    const field = screen.getByLabelText("Include routes");
    await waitFor(() => expect(document.activeElement).toBe(field));
    expect(field.closest("details")?.open).toBe(true);
  });

  test("hides the secret unless it is to be shown", async () => {
    await add();
    const field = screen.getByLabelText("Server Secret") as HTMLInputElement;
    expect(field.type).toBe("password");
    fireEvent.click(button("Show the server secret"));
    expect(field.type).toBe("text");
    fireEvent.click(button("Hide the server secret"));
    expect(field.type).toBe("password");
    type("Server Secret", "0f 0f");
    expect(screen.getByText("4 of 512 digits")).toBeTruthy();
  });

  test("takes a root from the menu, as thumbprint, or from a file", async () => {
    const file: RootChoice = { kind: "file", name: "lab.pem", certificate: "AAAA", subject: "CN=Lab Root" };
    const desk = await add({ chooseCertificate: async () => "/tmp/lab.pem", readRoot: async () => file });
    const menu = screen.getByLabelText("Certificate Information");
    fill();
    fireEvent.change(menu, { target: { value: "thumbprint" } });
    type("Thumbprint (SHA-1)", "AB");
    fireEvent.change(menu, { target: { value: "system" } });
    expect(screen.queryByLabelText("Thumbprint (SHA-1)")).toBeNull();
    fireEvent.change(menu, { target: { value: "file" } });
    await screen.findByText("CN=Lab Root (lab.pem)");
    fireEvent.click(button("Save"));
    await waitFor(() => expect(savedForm(desk)?.root).toEqual(file));
  });

  test("says what is wrong with a certificate file, and keeps the root from before", async () => {
    const unreadable = () => Promise.reject(problem({ code: "other", summary: "lab.pem is no certificate" }));
    const desk = await add({ chooseCertificate: async () => "/tmp/lab.pem", readRoot: unreadable });
    fill();
    fireEvent.change(screen.getByLabelText("Certificate Information"), { target: { value: "file" } });
    await screen.findByText("lab.pem is no certificate.");
    fireEvent.click(button("Save"));
    await waitFor(() => expect(savedForm(desk)?.root).toEqual(BLANK.root));
  });

  test("takes the audience of a known cloud or another one", async () => {
    const desk = await add();
    fill();
    const menu = screen.getByLabelText("Audience");
    fireEvent.change(menu, { target: { value: "49f817b6-84ae-4cc0-928c-73f27289b3aa" } });
    expect(value("Issuer")).toBe(`https://sts.chinacloudapi.cn/${TENANT}/`);
    fireEvent.change(menu, { target: { value: "custom" } });
    type("Application ID or URI", "api://vpn");
    fireEvent.click(button("Save"));
    await waitFor(() => expect(savedForm(desk)?.audience).toBe("api://vpn"));
  });

  test("signs in otherwise too", async () => {
    const desk = await add();
    fill();
    fireEvent.change(screen.getByLabelText("Authentication Type"), { target: { value: "password" } });
    expect(screen.queryByLabelText("Tenant")).toBeNull();
    type("User name", "ana");
    fireEvent.click(button("Save"));
    await waitFor(() => expect(savedForm(desk)).toMatchObject({ sign_in: "password", username: "ana" }));
  });

  test("a sign-in host that is not Microsoft's is named and to be ticked", async () => {
    const desk = await add();
    fill();
    type("Tenant", "https://login.lab.example/t");
    fireEvent.click(screen.getByRole("checkbox", { name: "I trust login.lab.example with my sign-in" }));
    await expectAccessible();
    fireEvent.click(button("Save"));
    await waitFor(() => expect(savedForm(desk)?.trusted_authority).toBe("login.lab.example"));
  });

  test("asks before what was typed is lost", async () => {
    const desk = await add();
    type("Connection Name", "office");
    fireEvent.click(button("Cancel"));
    await screen.findByText("Leave without saving?");
    expect(document.activeElement).toBe(button("Go on editing"));
    fireEvent.click(button("Go on editing"));
    expect(value("Connection Name")).toBe("office");
    fireEvent.click(button("Cancel"));
    fireEvent.click(button("Discard"));
    await screen.findByText("Welcome to Spoke");
    expect(desk.calls.some(([name]) => name === "saveForm")).toBe(false);
  });

  test("a failure to save stands on the page with what was typed", async () => {
    await add({ saveForm: () => Promise.reject(problem({ code: "conflict", summary: "there is one of that name" })) });
    fill();
    fireEvent.click(button("Save"));
    await screen.findByText("there is one of that name.");
    expect(value("Connection Name")).toBe("office");
  });
});

describe("a test without saving", () => {
  test("shows the stages as they came", async () => {
    const desk = await add();
    fill();
    fireEvent.click(button("Test without saving"));
    await screen.findByText(/The gateway answers and asks for a sign-in/);
    expect(screen.getByText("0.18 s")).toBeTruthy();
    expect(screen.getByText("Nothing on this computer was changed.")).toBeTruthy();
    expect(desk.calls.some(([name]) => name === "saveForm")).toBe(false);
    await expectAccessible();
  });

  test("shows what ended it", async () => {
    await add({ probeForm: async () => FAILED });
    fill();
    fireEvent.click(button("Test without saving"));
    await screen.findByText("The gateway does not answer the first packet.");
    expect(screen.getByText("10.00 s")).toBeTruthy();
  });

  test("begins with what is wrong in the form", async () => {
    const desk = await add();
    fireEvent.click(button("Test without saving"));
    await screen.findByText("Connection Name is missing.");
    expect(desk.calls.some(([name]) => name === "probeForm")).toBe(false);
  });
});

describe("a stored profile", () => {
  test("keeps its secret, which the window never sees, unless it is replaced", async () => {
    const desk = await edit();
    expect(value("Server Secret")).toBe("Stored, 256 bytes");
    await expectAccessible();
    fireEvent.click(button("Replace"));
    type("Server Secret", SECRET);
    fireEvent.click(button("Keep the stored one"));
    type("VPN Server", "other.vpn.azure.com");
    fireEvent.click(button("Save"));
    await waitFor(() => expect(savedForm(desk)).toMatchObject({ secret: null, server: "other.vpn.azure.com" }));
    expect(desk.calls.find(([name]) => name === "saveForm")?.[2]).toBe("contoso-hub");
  });

  test("opens the folded part where something stands in it", async () => {
    await edit();
    expect(screen.getByLabelText("DNS servers").closest("details")?.open).toBe(true);
  });

  test("tells what is worth knowing", async () => {
    const found = finding({ severity: "warning", message: "There is no DNS server.", fix: "spoke nothing" });
    await edit({ checkForm: async () => ({ faults: [], findings: [found], secret_digits: 0 }) });
    await screen.findByText(/There is no DNS server\./);
  });

  test("that holds more than the form is not put into it", async () => {
    await edit({ profile: async () => detail({ summary: summary("contoso-hub", { beyond_form: true }) }) });
    await screen.findByText(/holds more than this form/);
    expect(screen.queryByLabelText("VPN Server")).toBeNull();
    await expectAccessible();
  });

  test("that cannot be read says why", async () => {
    await edit({ profile: () => Promise.reject(problem({ code: "profile_invalid", summary: "the file is damaged" })) });
    await screen.findByText("the file is damaged.");
  });
});
