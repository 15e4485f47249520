import type { ImportChoice, ImportPlan, PlannedProfile } from "../types";
import { digitsIn, SECRET_DIGITS } from "./form_state";

/** What the user has chosen for one profile of a plan so far. */
export interface Draft {
  selected: boolean;
  /** What to do about a stored profile of the same name; of no matter without one. */
  clash: "keep_both" | "replace";
  /** The name to save it under, unless it replaces another. */
  newName: string;
  /** Places of the repairs to be undone. */
  undo: ReadonlySet<number>;
  trusted: boolean;
  /** The server secret, where the file has none. */
  secret: string;
  /** Whether the password that the file brings is kept in the keyring. */
  keepPassword: boolean;
}

/** Why a draft cannot be saved yet. */
export type DraftFault = "name_missing" | "name_taken" | "untrusted" | "secret_missing";

/** What is chosen before the user does anything: nothing stored is lost by it. */
export function firstDrafts(plan: ImportPlan, stored: readonly string[]): Draft[] {
  const used = new Set(stored);
  return plan.profiles.map((profile) => {
    const newName = freeName(profile, used);
    used.add(newName);
    return {
      selected: !isSame(profile),
      clash: "keep_both",
      newName,
      undo: new Set(),
      trusted: false,
      secret: "",
      keepPassword: false,
    };
  });
}

function freeName({ name, clash, free_name }: PlannedProfile, used: ReadonlySet<string>): string {
  const wanted = clash === null ? name : free_name;
  let found = wanted;
  for (let number = 2; used.has(found); number++) found = `${wanted} ${number}`;
  return found;
}

/** The profile is stored already, just so. */
export function isSame(profile: PlannedProfile): boolean {
  return profile.clash !== null && profile.clash.length === 0;
}

/** The name under which a profile would be saved. */
export function nameOf(profile: PlannedProfile, draft: Draft): string {
  return replaces(profile, draft) ? profile.name : draft.newName.trim();
}

/** Whether it takes the place of the stored one of that name. */
export function replaces({ clash }: PlannedProfile, draft: Draft): boolean {
  return clash !== null && draft.clash === "replace";
}

/** What keeps each selected profile from being saved. */
export function faultsOf(
  plan: ImportPlan,
  drafts: readonly Draft[],
  stored: readonly string[],
): (DraftFault | null)[] {
  const names = plan.profiles.map((profile, at) => {
    const draft = drafts[at];
    return draft?.selected ? nameOf(profile, draft) : null;
  });
  return plan.profiles.map((profile, at) => {
    const draft = drafts[at];
    const name = names[at];
    if (!draft?.selected || name === null || name === undefined) {
      return null;
    }
    if (profile.untrusted_authority !== null && !draft.trusted) {
      return "untrusted";
    }
    if (name === "") {
      return "name_missing";
    }
    if (profile.needs_secret && digitsIn(draft.secret) !== SECRET_DIGITS) {
      return "secret_missing";
    }
    const twice = names.indexOf(name) !== at;
    return twice || (!replaces(profile, draft) && stored.includes(name)) ? "name_taken" : null;
  });
}

/** What is to be saved. */
export function choicesOf(plan: ImportPlan, drafts: readonly Draft[]): ImportChoice[] {
  return plan.profiles.flatMap((profile, at) => {
    const draft = drafts[at];
    if (!draft?.selected) {
      return [];
    }
    return [
      {
        index: profile.index,
        name: nameOf(profile, draft),
        on_clash: replaces(profile, draft) ? ("replace" as const) : ("refuse" as const),
        undo: [...draft.undo].sort((a, b) => a - b),
        trust_authority: profile.untrusted_authority !== null && draft.trusted,
        ...(profile.needs_secret ? { secret: draft.secret } : {}),
        ...(profile.has_password ? { keep_password: draft.keepPassword } : {}),
      },
    ];
  });
}
