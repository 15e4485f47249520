import { connectionStates } from "./states_connection";
import { pageStates } from "./states_pages";
import type { Desk } from "../src/desk";
import type { DialogRequest, Place } from "../src/place";
import type { Picture } from "../src/types";

/** A screen to look at. */
export interface DevState {
  picture: Picture;
  start?: Place;
  dialog?: DialogRequest;
  answers?: Partial<Desk>;
  /** Traffic goes on by the second. */
  moving?: boolean;
}

export const states: Record<string, DevState> = { ...connectionStates, ...pageStates };
