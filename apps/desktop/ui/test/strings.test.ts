import { expect, it } from "vitest";
import { withoutCommands } from "../src/components/notice";
import { stringsFor } from "../src/strings";
import { de } from "../src/strings/de";
import { en } from "../src/strings/en";

function paths(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [`${at}: ${typeof value}`];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, `${at}/${key}`));
}

function texts(value: unknown, at = ""): [string, string][] {
  if (typeof value === "string") return [[at, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, `${at}/${key}`));
}

// What the program itself says in English needs no second text in English.
const SAID_BY_PROGRAM = /^\/(findings|faults|values|notices)|\/said:/;
const NAMES = ["Microsoft Entra ID"];

it("has every text in both languages", () => {
  const own = (all: string[]) => all.filter((at) => !SAID_BY_PROGRAM.test(at));
  expect(own(paths(de))).toEqual(own(paths(en)));
  expect(texts(de).filter(([at, text]) => text.trim() === "" && !at.endsWith("/advice"))).toEqual([]);
});

it("has no sentence left in English", () => {
  const english = new Map(texts(en));
  const same = texts(de).filter(([at, text]) => text.includes(" ") && !NAMES.includes(text) && english.get(at) === text);
  expect(same).toEqual([]);
});

it("follows the preference, then the system", () => {
  expect(stringsFor("german").locale).toBe("de");
  expect(stringsFor("english", ["de-DE"]).locale).toBe("en");
  expect(stringsFor("system", ["de-AT", "en"]).locale).toBe("de");
  expect(stringsFor("system", ["fr-FR", "de"]).locale).toBe("de");
  expect(stringsFor("system", ["fr-FR"]).locale).toBe("en");
});

it("says in German whatever there is to know beside problems", () => {
  const all = Object.entries(de.notices ?? {});
  expect(all.filter(([, said]) => said === null).map(([code]) => code)).toEqual(["other"]);
  const about = ["first", "second", "third"];
  const unfinished = all.filter(([, said]) => said !== null && !/^\S.*[.]$/.test(said(...about)) && !/: first$/.test(said(...about)));
  expect(unfinished.map(([code]) => code)).toEqual([]);
});

it("says in German what happened, for every problem of which that is known", () => {
  const unsaid = Object.entries(de.problems.codes).filter(([, { said }]) => said === undefined);
  expect(unsaid.map(([code]) => code)).toEqual(["other", "usage"]);
});

it("names no command where there is a button", () => {
  expect(withoutCommands("The keyring is locked. Unlock it, then: spoke login hub")).toBe("The keyring is locked.");
  expect(withoutCommands("The password is not kept: there is no keyring. To keep it in a file: SPOKE_TOKEN_STORE=file")).toBe(
    "The password is not kept: there is no keyring.",
  );
  expect(withoutCommands("MTU 100 is too small, 576 is used")).toBe("MTU 100 is too small, 576 is used");
});
