import { expect, test } from "vitest";
import { filtered, lineText } from "../src/pages/log_filter";

const lines = [
  { at_ms: 0, level: "INFO", text: "Connected to office" },
  { at_ms: 1, level: "error", text: "TLS failed for office" },
  { at_ms: 2, level: "trace", text: "packet" },
  { at_ms: 3, level: "notice", text: "unheard-of" },
];

test("lines of a level and graver are shown, of unknown levels too", () => {
  expect(filtered(lines, "trace", "").length).toBe(4);
  expect(filtered(lines, "info", "").map((line) => line.at_ms)).toEqual([0, 1, 3]);
  expect(filtered(lines, "error", "").map((line) => line.at_ms)).toEqual([1, 3]);
});

test("all words of a search have to be there, in any case and order", () => {
  expect(filtered(lines, "trace", "OFFICE tls").map((line) => line.at_ms)).toEqual([1]);
  expect(filtered(lines, "trace", "nothing")).toEqual([]);
});

test("a copied line says when, how grave, and what", () => {
  expect(lines[0] && lineText(lines[0])).toBe("1970-01-01T00:00:00.000Z INFO  Connected to office");
});
