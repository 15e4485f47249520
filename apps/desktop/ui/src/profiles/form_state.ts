import type { Field, FieldFault, FormReport, ProfileForm, RootChoice } from "../types";
import { issuerOf } from "./clouds";

/** Hexadecimal digits of a server secret. */
export const SECRET_DIGITS = 512;

/** The roots that Spoke carries with it, newest first, as in core/profile. */
export const BUILT_IN_ROOTS: readonly { sha1: string; name: string }[] = [
  { sha1: "df3c24f9bfd666761b268073fe06d1cc8d4f82a4", name: "DigiCert Global Root G2" },
  { sha1: "a8985d3a65e5e5c4b2d7d66d40c6dd2fb19c5436", name: "DigiCert Global Root CA" },
];

/** Fields that are folded away while nothing stands in them. */
export const FOLDED: readonly Field[] = [
  "secondary_server",
  "dns_servers",
  "dns_suffixes",
  "include",
  "exclude",
  "force_tunnel",
];

/** Fields that only one kind of sign-in has. */
const OF_SIGN_IN: Partial<Record<Field, ProfileForm["sign_in"]>> = {
  tenant: "entra",
  audience: "entra",
  issuer: "entra",
  username: "password",
};

/** Whether the form shows a field. */
export function shows(form: ProfileForm, field: Field): boolean {
  const kind = OF_SIGN_IN[field];
  return kind === undefined || kind === form.sign_in;
}

/**
 * The fault that is shown below a field. That it is empty is said only when the user has
 * left it (`left`) or has tried to save (`tried`).
 */
export function faultOf(
  report: FormReport | null,
  field: Field,
  left: ReadonlySet<Field>,
  tried: boolean,
): FieldFault | null {
  const faults = report?.faults.filter((fault) => fault.field === field) ?? [];
  return faults.find((fault) => !fault.missing || tried || left.has(field)) ?? null;
}

/**
 * The form with another tenant or audience. The issuer goes along as long as it is the
 * tenant's own; one that somebody typed stays.
 */
export function withSignInOf(
  form: ProfileForm,
  change: Partial<Pick<ProfileForm, "tenant" | "audience">>,
): ProfileForm {
  const changed = { ...form, ...change };
  const follows = form.issuer.trim() === "" || form.issuer === issuerOf(form.tenant, form.audience);
  if (follows) {
    changed.issuer = issuerOf(changed.tenant, changed.audience);
  }
  // Trust was given to another host.
  if (change.tenant !== undefined) {
    changed.trusted_authority = null;
  }
  return changed;
}

/** Hexadecimal digits in what is typed; what else stands there does not count. */
export function digitsIn(secret: string | null): number {
  return secret?.replace(/[^0-9a-f]/gi, "").length ?? 0;
}

/** Whether something stands in the folded part, so that it begins unfolded. */
export function usesFolded(form: ProfileForm): boolean {
  return (
    form.force_tunnel ||
    [
      form.secondary_server,
      form.dns_servers,
      form.dns_suffixes,
      form.include,
      form.exclude,
    ].some((text) => text.trim() !== "")
  );
}

/** The value of a root in the menu. */
export function rootKey(root: RootChoice): string {
  return root.kind === "built_in" ? `built_in:${root.sha1.toLowerCase()}` : root.kind;
}

/** The root that an entry of the menu means; null for a file, which is chosen first. */
export function rootOf(key: string): RootChoice | null {
  const built = BUILT_IN_ROOTS.find((root) => `built_in:${root.sha1}` === key);
  if (built) {
    return { kind: "built_in", ...built };
  }
  switch (key) {
    case "system":
      return { kind: "system" };
    case "thumbprint":
      return { kind: "thumbprint", sha1: "" };
    default:
      return null;
  }
}
