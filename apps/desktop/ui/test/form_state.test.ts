import { describe, expect, test } from "vitest";
import { foreignHost, issuerOf } from "../src/profiles/clouds";
import {
  digitsIn,
  faultOf,
  rootKey,
  rootOf,
  shows,
  usesFolded,
  withSignInOf,
} from "../src/profiles/form_state";
import type { ProfileForm } from "../src/types";

const TENANT = "11111111-2222-3333-4444-555555555555";

const blank: ProfileForm = {
  name: "",
  server: "",
  root: { kind: "system" },
  secret: "",
  sign_in: "entra",
  tenant: "",
  audience: "",
  issuer: "",
  username: "",
  trusted_authority: null,
  secondary_server: "",
  dns_servers: "",
  dns_suffixes: "",
  include: "",
  exclude: "",
  force_tunnel: false,
};

describe("the issuer of a tenant", () => {
  test.each([
    [TENANT, "", `https://sts.windows.net/${TENANT}/`],
    [`https://login.microsoftonline.com/${TENANT.toUpperCase()}/`, "", `https://sts.windows.net/${TENANT}/`],
    [`https://login.chinacloudapi.cn/${TENANT}`, "", `https://sts.chinacloudapi.cn/${TENANT}/`],
    [TENANT, "49f817b6-84ae-4cc0-928c-73f27289b3aa", `https://sts.chinacloudapi.cn/${TENANT}/`],
    ["contoso.onmicrosoft.com", "", ""],
    ["https://login.microsoftonline.com/", "", ""],
    ["", "", ""],
  ])("of %s with audience %s is %s", (tenant, audience, issuer) => {
    expect(issuerOf(tenant, audience)).toBe(issuer);
  });

  test("goes along with the tenant until somebody types another", () => {
    const first = withSignInOf(blank, { tenant: TENANT });
    expect(first.issuer).toBe(`https://sts.windows.net/${TENANT}/`);
    const other = TENANT.replace(/1/g, "9");
    expect(withSignInOf(first, { tenant: other }).issuer).toBe(`https://sts.windows.net/${other}/`);
    const typed = { ...first, issuer: "https://issuer.example/" };
    expect(withSignInOf(typed, { tenant: other }).issuer).toBe("https://issuer.example/");
  });

  test("trust in a host does not go over to another", () => {
    const trusted = { ...blank, tenant: "https://a.example/t", trusted_authority: "a.example" };
    expect(withSignInOf(trusted, { audience: "x" }).trusted_authority).toBe("a.example");
    expect(withSignInOf(trusted, { tenant: "https://b.example/t" }).trusted_authority).toBeNull();
  });
});

test.each([
  ["https://login.microsoftonline.com/x", null],
  ["https://LOGIN.microsoftonline.us/x", null],
  [TENANT, null],
  ["contoso.onmicrosoft.com", null],
  ["https://login.evil.example:8443/x", "login.evil.example:8443"],
  ["https://login.evil.example:443/x", "login.evil.example"],
])("the foreign host of %s is %s", (tenant, host) => {
  expect(foreignHost(tenant)).toBe(host);
});

test("a missing value is told only after the field was left or saving was tried", () => {
  const missing = { field: "server" as const, missing: true, message: "m", next: "n" };
  const wrong = { field: "name" as const, missing: false, message: "m", next: "n" };
  const report = { faults: [wrong, missing], findings: [], secret_digits: 0 };
  expect(faultOf(report, "server", new Set(), false)).toBeNull();
  expect(faultOf(report, "server", new Set(["server"] as const), false)).toBe(missing);
  expect(faultOf(report, "server", new Set(), true)).toBe(missing);
  expect(faultOf(report, "name", new Set(), false)).toBe(wrong);
  expect(faultOf(null, "name", new Set(), true)).toBeNull();
});

test("fields of another kind of sign-in are not shown", () => {
  expect(shows(blank, "tenant")).toBe(true);
  expect(shows(blank, "username")).toBe(false);
  expect(shows({ ...blank, sign_in: "password" }, "username")).toBe(true);
  expect(shows({ ...blank, sign_in: "certificate" }, "issuer")).toBe(false);
  expect(shows(blank, "name")).toBe(true);
});

test("a root goes to the menu and back", () => {
  const g2 = rootOf("built_in:df3c24f9bfd666761b268073fe06d1cc8d4f82a4");
  expect(g2).toMatchObject({ kind: "built_in", name: "DigiCert Global Root G2" });
  expect(g2 && rootKey(g2)).toBe("built_in:df3c24f9bfd666761b268073fe06d1cc8d4f82a4");
  expect(rootOf("system")).toEqual({ kind: "system" });
  expect(rootOf("thumbprint")).toEqual({ kind: "thumbprint", sha1: "" });
  expect(rootOf("file")).toBeNull();
});

test("digits are counted without what stands between them", () => {
  expect(digitsIn(null)).toBe(0);
  expect(digitsIn("0f 0F\n-xyz")).toBe(4);
});

test("the folded part is open when something stands in it", () => {
  expect(usesFolded(blank)).toBe(false);
  expect(usesFolded({ ...blank, dns_servers: "10.0.0.4" })).toBe(true);
  expect(usesFolded({ ...blank, force_tunnel: true })).toBe(true);
});
