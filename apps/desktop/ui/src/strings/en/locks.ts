import type { Forbidden } from "../../types";

/** What is said of an administrator's decisions; `who` is the organisation, or `administrator`. */
export const locks = {
  administrator: "your administrator",
  by: (who: string) => `Set by ${who}`,
  ask: (contact: string) => `Questions: ${contact}`,
  title: "Locked",
  deeds: {
    "change-profiles": (who: string) => `On this computer profiles are not added or changed: this was set by ${who}.`,
    "show-secrets": (who: string) => `On this computer server secrets are neither shown nor exported: this was set by ${who}.`,
  } satisfies Record<Forbidden, (who: string) => string>,
};
