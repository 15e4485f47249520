import type { NoticeCode } from "../../types";

/** What a notice says in this language, of what it is about. */
export type Said = (...about: string[]) => string;

/**
 * What the service and the gateway have to say beside problems, null where only their own words are to be had;
 * null altogether where those are in this language.
 */
export const notices = null as Record<NoticeCode, Said | null> | null;
