/** One of Microsoft's clouds and its public sign-in facts, as in core/profile. */
export interface Cloud {
  /** Stands in the strings under this key. */
  key: "public" | "government" | "germany" | "china";
  /** Sign-in hosts; the first is today's. */
  hosts: readonly string[];
  /** The application that administrators had to consent to by hand. */
  manualApp: string;
  /** Host of the `iss` in version 1 access tokens. */
  issuerHost: string;
}

/** The application that Microsoft registered itself, the same in every cloud. */
export const MICROSOFT_REGISTERED_APP = "c632b3df-fb67-4d84-bdcf-b95ad541b5c8";

const PUBLIC: Cloud = {
  key: "public",
  hosts: ["login.microsoftonline.com"],
  manualApp: "41b23e61-6c1e-4545-b367-cd054e0ed4b4",
  issuerHost: "sts.windows.net",
};

/** Every known cloud; the public one first. */
export const CLOUDS: readonly Cloud[] = [
  PUBLIC,
  {
    key: "government",
    hosts: ["login.microsoftonline.us", "login-us.microsoftonline.com", "login.usgovcloudapi.net"],
    manualApp: "51bb15d4-3a4f-4ebf-9dca-40096fe32426",
    issuerHost: "sts.windows.net",
  },
  {
    key: "germany",
    hosts: ["login-us.microsoftonline.de", "login.microsoftonline.de"],
    manualApp: "538ee9e6-310a-468d-afef-ea97365856a9",
    issuerHost: "sts.windows.net",
  },
  {
    key: "china",
    hosts: ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
    manualApp: "49f817b6-84ae-4cc0-928c-73f27289b3aa",
    issuerHost: "sts.chinacloudapi.cn",
  },
];

/** The audiences that the menu names; any other one is typed. */
export const KNOWN_AUDIENCES: readonly string[] = [
  MICROSOFT_REGISTERED_APP,
  ...CLOUDS.map((cloud) => cloud.manualApp),
];

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The issuer of a tenant's tokens; empty when only the sign-in server knows it, which is
 * so for a tenant that is named by its domain.
 */
export function issuerOf(tenant: string, audience: string): string {
  const { host, id } = partsOf(tenant);
  if (!GUID.test(id)) {
    return "";
  }
  return `https://${cloudOf(host, audience).issuerHost}/${id.toLowerCase()}/`;
}

/** The host that a tenant's address names, when it is not one of Microsoft's. */
export function foreignHost(tenant: string): string | null {
  const { host } = partsOf(tenant);
  const name = host?.replace(/:\d+$/, "");
  if (!name?.includes(".") || CLOUDS.some((cloud) => cloud.hosts.includes(name))) {
    return null;
  }
  return host;
}

function cloudOf(host: string | null, audience: string): Cloud {
  return (
    CLOUDS.find((cloud) => host !== null && cloud.hosts.includes(host)) ??
    CLOUDS.find((cloud) => cloud.manualApp === audience.trim().toLowerCase()) ??
    PUBLIC
  );
}

/** A tenant stands alone or in a sign-in address. */
function partsOf(tenant: string): { host: string | null; id: string } {
  const text = tenant.trim();
  const address = /^https:\/\/([^/\s]+)\/([^/\s?#]*)/i.exec(text);
  return address
    ? { host: (address[1] ?? "").toLowerCase().replace(/:443$/, ""), id: address[2] ?? "" }
    : { host: null, id: text };
}
