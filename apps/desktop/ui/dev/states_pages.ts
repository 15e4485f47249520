import type { DevState } from "./states";

/** Screens about profiles and the program. */
export const pageStates: Record<string, DevState> = {};
