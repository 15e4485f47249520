import type { Field, FindingCode } from "../../types";

/** What the reader of profiles found, by its codes; null where its own sentences are in this language. */
export const findings = null as Record<FindingCode, string> | null;

/** What a field of the form has to hold; null likewise. */
export const faults = null as Record<Field, string> | null;
