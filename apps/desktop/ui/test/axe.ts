import axe from "axe-core";
import { expect } from "vitest";

/** Holds a page to axe's rules; contrast needs a real renderer and is reckoned in contrast.test.ts. */
export async function expectAccessible(page: Element = document.body): Promise<void> {
  const { violations } = await axe.run(page, { resultTypes: ["violations"], preload: false, rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
}
