import { describe, expect, it } from "vitest";
import css from "../src/styles/tokens.css?raw";

function tokens(selector: string): Map<string, string> {
  const from = css.indexOf(`${selector} {`);
  const block = css.slice(from, css.indexOf("}", from));
  return new Map([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name ?? "", colour ?? ""]));
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const TEXT: [string, string[]][] = [
  ["text", ["ground", "surface", "sidebar", "raised", "hover", "accent-soft", "good-soft", "warning-soft", "bad-soft"]],
  ["muted", ["ground", "surface", "sidebar", "hover", "accent-soft", "good-soft", "warning-soft", "bad-soft"]],
  ["accent", ["ground", "surface", "accent-soft"]],
  ["bad", ["ground", "surface", "raised", "sidebar", "accent-soft", "bad-soft"]],
  ["warning", ["surface", "sidebar", "accent-soft", "warning-soft"]],
  ["good", ["surface", "sidebar", "accent-soft", "good-soft"]],
  ["on-fill", ["fill", "fill-hover"]],
  ["on-danger", ["danger", "danger-hover"]],
  ["on-chosen", ["chosen"]],
];
const DRAWN: [string, string[]][] = [
  ["line-strong", ["ground", "surface", "sidebar"]],
  ["down", ["surface"]],
  ["up", ["surface"]],
  ["accent", ["sidebar"]],
];

describe.each([
  ["light", ":root"],
  ["dark", ':root[data-theme="dark"]'],
])("the %s colours", (_, selector) => {
  const colours = tokens(selector);
  const colour = (name: string) => {
    const value = colours.get(name);
    if (value === undefined) throw new Error(`no colour ${name}`);
    return value;
  };
  const weak = (pairs: [string, string[]][], least: number) =>
    pairs.flatMap(([front, grounds]) =>
      grounds
        .map((ground) => `${front} on ${ground}: ${contrast(colour(front), colour(ground)).toFixed(2)}`)
        .filter((line) => Number(line.split(": ")[1]) < least),
    );

  it("let text be read", () => expect(weak(TEXT, 4.5)).toEqual([]));
  it("let controls be seen", () => expect(weak(DRAWN, 3)).toEqual([]));
});
