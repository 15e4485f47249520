import type { Strings } from "..";

export const connection: Strings["connection"] = {
  connect: "Verbinden",
  disconnect: "Trennen",
  cancel: "Abbrechen",
};
