import type { Strings } from "..";

export const locks: Strings["locks"] = {
  administrator: "Ihrer Administration",
  by: (who) => `Festgelegt von ${who}`,
  ask: (contact) => `Fragen an: ${contact}`,
  title: "Gesperrt",
  deeds: {
    "change-profiles": (who) =>
      `Auf diesem Computer werden keine Profile hinzugefügt oder geändert: Das ist von ${who} so festgelegt.`,
    "show-secrets": (who) =>
      `Auf diesem Computer werden Server Secrets weder gezeigt noch exportiert: Das ist von ${who} so festgelegt.`,
  },
};
