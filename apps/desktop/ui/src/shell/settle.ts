import { isActive } from "../connection/phase";
import type { Place } from "../place";
import { profileOf } from "../place";
import type { Connection, Picture } from "../types";

/** One line of the list. */
export interface Entry {
  name: string;
  account: string | null;
  /** What there is or lately was of a connection. */
  connection: Connection | null;
  /** Something waits for the user. */
  waits: boolean;
}

/** The profiles, and the connection of one that is no longer stored. */
export function entries({ profiles, state, prompt }: Picture): Entry[] {
  const connection = state.connection;
  const stored = profiles.map(({ name, account }) => ({ name, account }));
  // Of other users' connections the daemon tells no name.
  const lone = connection && connection.profile !== "" && isActive(connection) && !stored.some(({ name }) => name === connection.profile);
  const all = lone ? [...stored, { name: connection.profile, account: connection.account }] : stored;
  return all.map(({ name, account }) => {
    const own = connection?.profile === name ? connection : null;
    return { name, account: own?.account ?? account, connection: own, waits: prompt?.profile === name };
  });
}

/** Where the user is, as far as there is such a place: profiles come and go. */
export function settle(place: Place, picture: Picture): Place {
  const names = entries(picture).map(({ name }) => name);
  const wanted = profileOf(place);
  if (place.kind !== "welcome" && (wanted === null || names.includes(wanted))) return place;
  const active = picture.state.connection?.profile;
  const first = active !== undefined && names.includes(active) ? active : names[0];
  return first === undefined ? { kind: "welcome" } : { kind: "profile", profile: first };
}
