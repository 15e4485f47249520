import { expect, test } from "vitest";
import { choicesOf, faultsOf, firstDrafts } from "../src/profiles/import_state";
import type { ImportPlan, PlannedProfile } from "../src/types";

function planned(index: number, change: Partial<PlannedProfile> = {}): PlannedProfile {
  return {
    index,
    path: `AzureVPN/${index}.xml`,
    name: `office-${index}`,
    groups: [],
    repairs: [],
    findings: [],
    clash: null,
    free_name: `office-${index}`,
    untrusted_authority: null,
    needs_file_password: false,
    needs_secret: false,
    has_password: false,
    ...change,
  };
}

function plan(...profiles: PlannedProfile[]): ImportPlan {
  return { id: 1, source: { kind: "files", names: ["a.zip"] }, profiles, refused: [], notes: [] };
}

const difference = { field: "servers", before: "a", after: "b" };

test("a profile whose name is free is saved under it", () => {
  const one = plan(planned(0));
  const drafts = firstDrafts(one, []);
  expect(faultsOf(one, drafts, ["other"])).toEqual([null]);
  expect(choicesOf(one, drafts)).toEqual([
    { index: 0, name: "office-0", on_clash: "refuse", undo: [], trust_authority: false },
  ]);
});

test("of two of the same name both are kept unless the user says otherwise", () => {
  const one = plan(planned(0, { clash: [difference], free_name: "office-0 2" }));
  const drafts = firstDrafts(one, []);
  expect(choicesOf(one, drafts)[0]).toMatchObject({ name: "office-0 2", on_clash: "refuse" });
  const replace = drafts.map((draft) => ({ ...draft, clash: "replace" as const }));
  expect(choicesOf(one, replace)[0]).toMatchObject({ name: "office-0", on_clash: "replace" });
  expect(faultsOf(one, replace, ["office-0"])).toEqual([null]);
});

test("what is stored just so is not chosen", () => {
  const one = plan(planned(0, { clash: [] }));
  expect(choicesOf(one, firstDrafts(one, []))).toEqual([]);
});

test("names that are empty, taken or used twice are refused", () => {
  const three = plan(
    planned(0, { clash: [difference], free_name: "x" }),
    planned(1, { name: "same" }),
    planned(2, { name: "same" }),
  );
  const drafts = firstDrafts(three, []);
  expect(drafts.map(({ newName }) => newName)).toEqual(["x", "same", "same 2"]);
  expect(faultsOf(three, drafts, ["office-0"])).toEqual([null, null, null]);
  const named = drafts.map((draft, at) => ({ ...draft, newName: at === 0 ? "  " : "same" }));
  expect(faultsOf(three, named, [])).toEqual(["name_missing", null, "name_taken"]);
  const taken = drafts.map((draft, at) => ({ ...draft, newName: "office-0", selected: at === 0 }));
  expect(faultsOf(three, taken, ["office-0"])).toEqual(["name_taken", null, null]);
});

test("a host that is not Microsoft's has to be trusted", () => {
  const one = plan(planned(0, { untrusted_authority: "login.evil.example" }));
  const drafts = firstDrafts(one, []);
  expect(faultsOf(one, drafts, [])).toEqual(["untrusted"]);
  const trusted = drafts.map((draft) => ({ ...draft, trusted: true }));
  expect(faultsOf(one, trusted, [])).toEqual([null]);
  expect(choicesOf(one, trusted)[0]?.trust_authority).toBe(true);
});

test("repairs are undone in their order, and only what is selected is saved", () => {
  const two = plan(planned(0), planned(7));
  const drafts = firstDrafts(two, []).map((draft, at) => ({
    ...draft,
    undo: new Set([3, 1]),
    selected: at === 1,
  }));
  expect(choicesOf(two, drafts)).toEqual([
    { index: 7, name: "office-7", on_clash: "refuse", undo: [1, 3], trust_authority: false },
  ]);
});

test("a name that was taken meanwhile gets a free one beside it", () => {
  const one = plan(planned(0));
  expect(firstDrafts(one, ["office-0", "office-0 2"])[0]?.newName).toBe("office-0 3");
});
