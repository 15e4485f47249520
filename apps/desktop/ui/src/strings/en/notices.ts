/** A sentence of the service's, and what it says in this language. */
export type Said = readonly [RegExp, (...parts: string[]) => string];

/** What the service and the gateway have to say beside problems; null where their own sentences are in this language. */
export const notices = null as readonly Said[] | null;
