import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Language } from "../types";
import { de } from "./de";
import { en } from "./en";

/** Every text of the window. English is the measure: the other languages have all of it. */
export type Strings = typeof en;

const StringsContext = createContext<Strings>(en);

/** Gives the texts to all that is inside. */
export const StringsProvider = StringsContext.Provider;

/** The texts in the user's language. */
export function useStrings(): Strings {
  return useContext(StringsContext);
}

/** The texts for a preference; "system" follows the first language the system prefers that there is. */
export function stringsFor(language: Language, system: readonly string[] = navigator.languages): Strings {
  switch (language) {
    case "english":
      return en;
    case "german":
      return de;
    case "system":
      return [de, en].find(({ locale }) => system.find(spoken)?.toLowerCase().startsWith(locale)) ?? en;
  }
}

function spoken(tag: string): boolean {
  return /^(en|de)\b/i.test(tag);
}
