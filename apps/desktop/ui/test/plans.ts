import type { Finding, FormReport, ImportPlan, PlannedProfile, ProbeReport, ProfileDetail, ProfileForm, RowGroup } from "../src/types";
import { problem, summary } from "./pictures";

export const TENANT = "11111111-2222-3333-4444-555555555555";

/** What was found in a profile. */
export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    code: "issuer-slash",
    severity: "repaired",
    element: "clientauth/aad/issuer",
    message: "The issuer has no trailing slash.",
    fix: "It was added, as gateways compare it letter by letter.",
    ...changes,
  };
}

/** The fields of a profile, for people. */
export const GROUPS: RowGroup[] = [
  {
    group: "connection",
    rows: [
      { key: "name", value: "contoso-hub" },
      { key: "server", value: "azuregateway-1c2d3e4f-0011-2233-4455-66778899aabb-0123456789ab.vpn.azure.com:443 (TCP)" },
    ],
  },
  {
    group: "server_check",
    rows: [
      { key: "root", value: "DigiCert Global Root G2" },
      { key: "server-secret", value: "present (256 bytes, hidden)" },
    ],
  },
  {
    group: "sign_in",
    rows: [
      { key: "sign-in", value: "Microsoft Entra ID" },
      { key: "sign-in.tenant", value: TENANT },
      { key: "sign-in.audience", value: "c632b3df-fb67-4d84-bdcf-b95ad541b5c8" },
      { key: "sign-in.issuer", value: `https://sts.windows.net/${TENANT}/` },
    ],
  },
  {
    group: "network",
    rows: [
      { key: "dns.servers", value: "10.20.0.4" },
      { key: "dns.suffixes", value: ".contoso.internal" },
      { key: "routes.include", value: "10.20.0.0/16, 10.30.0.0/16" },
    ],
  },
];

/** A profile of a plan. */
export function planned(index: number, changes: Partial<PlannedProfile> = {}): PlannedProfile {
  return {
    index,
    path: "AzureVPN/azurevpnconfig.xml",
    name: "contoso-hub",
    groups: GROUPS,
    repairs: [],
    findings: [],
    clash: null,
    free_name: "contoso-hub",
    untrusted_authority: null,
    needs_file_password: false,
    needs_secret: false,
    has_password: false,
    ...changes,
  };
}

/** A plan from a package. */
export function plan(profiles: PlannedProfile[], changes: Partial<ImportPlan> = {}): ImportPlan {
  return { id: 5, source: { kind: "files", names: ["azurevpn.zip"] }, profiles, refused: [], notes: [], ...changes };
}

/** A profile with two repairs, of which one can be undone, and two findings. */
export const REPAIRED = planned(0, {
  repairs: [
    { finding: finding(), original: ["sign-in.issuer", `https://sts.windows.net/${TENANT}`] },
    {
      finding: finding({
        code: "suffix-typo",
        element: "clientconfig/dnssuffixes",
        message: "The element is misspelt `dnsssuffix`.",
        fix: "It was read as dnssuffix.",
      }),
      original: null,
    },
  ],
  findings: [
    finding({
      code: "audience-retiring",
      severity: "warning",
      message: "The audience is a manually registered application, which Microsoft retires on 31 March 2028.",
      fix: "Ask the gateway's administrator to move to the Microsoft-registered application.",
    }),
    finding({ code: "secondary-none", severity: "info", message: "The secondary profile is the word None.", fix: "There is none." }),
  ],
});

/** A profile whose name is taken. */
export const CLASHING = planned(0, {
  clash: [
    { field: "servers", before: "azuregateway-old.vpn.azure.com", after: "azuregateway-new.vpn.azure.com" },
    { field: "dns_suffixes", before: null, after: "contoso.internal" },
    { field: "server_secret", before: "(hidden)", after: "(another, hidden)" },
  ],
  free_name: "contoso-hub 2",
});

/** A plan with several profiles, a refused file and a note. */
export const PACKAGE = plan(
  [
    planned(0, { name: "contoso-entra", free_name: "contoso-entra", path: "AzureVPN/azurevpnconfig_aad.xml" }),
    planned(1, { ...REPAIRED, index: 1, name: "contoso-cert", path: "AzureVPN/azurevpnconfig_cert.xml", needs_file_password: true }),
    planned(2, { name: "contoso-lab", untrusted_authority: "login.lab.example:8443" }),
  ],
  {
    refused: [
      {
        path: "OpenVPN/vpnconfig.ovpn",
        problem: problem({
          code: "profile_invalid",
          summary: "OpenVPN/vpnconfig.ovpn cannot be imported.",
          cause: "up: the file would run a program of its own.",
          hint: "Remove the line, or ask for a file without it.",
        }),
      },
    ],
    notes: ["VpnSettings.xml was passed over: it is for IKEv2."],
  },
);

/** An empty form, as it comes from the desk: secrets never do. */
export const BLANK: ProfileForm = {
  name: "",
  server: "",
  root: { kind: "built_in", sha1: "df3c24f9bfd666761b268073fe06d1cc8d4f82a4", name: "DigiCert Global Root G2" },
  secret: null,
  sign_in: "entra",
  tenant: "",
  audience: "c632b3df-fb67-4d84-bdcf-b95ad541b5c8",
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

/** The form of a stored profile. */
export const STORED: ProfileForm = {
  ...BLANK,
  name: "contoso-hub",
  server: "azuregateway-1c2d.vpn.azure.com",
  secret: null,
  tenant: `https://login.microsoftonline.com/${TENANT}`,
  issuer: `https://sts.windows.net/${TENANT}/`,
  dns_servers: "10.20.0.4",
  dns_suffixes: "contoso.internal",
};

/** A judge of forms as far as the pages need one. */
export function judge(form: ProfileForm): FormReport {
  const faults: FormReport["faults"] = [];
  const missing = (field: "name" | "server" | "secret" | "tenant") =>
    faults.push({ field, missing: true, message: "It is missing.", next: "Fill it in." });
  if (form.name.trim() === "") missing("name");
  if (form.server.trim() === "") missing("server");
  else if (/\s/.test(form.server.trim())) {
    faults.push({ field: "server", missing: false, message: "A host name holds no white space.", next: "Copy it again." });
  }
  if (form.secret === "") missing("secret");
  else if (form.secret !== null && form.secret.length !== 512) {
    faults.push({ field: "secret", missing: false, message: "There are too few digits.", next: "Copy all 512." });
  }
  if (form.sign_in === "entra" && form.tenant.trim() === "") missing("tenant");
  if (/[a-z]/.test(form.include)) {
    faults.push({ field: "include", missing: false, message: "That is no network address.", next: "Write 10.1.0.0/16." });
  }
  return { faults, findings: [], secret_digits: form.secret?.length ?? 0 };
}

/** A stored profile in full. */
export function detail(changes: Partial<ProfileDetail> = {}): ProfileDetail {
  return {
    summary: summary("contoso-hub"),
    groups: GROUPS,
    findings: [],
    form: STORED,
    has_private_key: false,
    lost_in_azure: [],
    ...changes,
  };
}

/** A test that went well, and one that did not. */
export const REACHED: ProbeReport = {
  stages: [
    { stage: "resolve", status: "done", took_ms: 12, detail: "20.61.10.4" },
    { stage: "transport", status: "done", took_ms: 24, detail: "TCP" },
    { stage: "tls", status: "done", took_ms: 180, detail: "TLS 1.3, certificate ok" },
  ],
  gateway: { host: "azuregateway-1c2d.vpn.azure.com", address: "20.61.10.4:443", position: 0, rtt_us: 21_000 },
  problem: null,
};
export const FAILED: ProbeReport = {
  ...REACHED,
  stages: [
    { stage: "resolve", status: "done", took_ms: 12, detail: "20.61.10.4" },
    { stage: "transport", status: "done", took_ms: 24, detail: "TCP" },
    { stage: "tls", status: "failed", took_ms: 10_000, detail: "no answer" },
  ],
  problem: problem({ code: "gateway_silent", summary: "The gateway does not answer the first packet.", cause: null }),
};
