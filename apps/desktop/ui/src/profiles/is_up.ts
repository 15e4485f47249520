import type { Picture } from "../types";

/** Whether there is a connection of a profile, or an attempt at one. */
export function isUp({ state }: Picture, profile: string): boolean {
  const { connection } = state;
  return (
    connection !== null &&
    connection.profile === profile &&
    connection.phase !== "disconnected" &&
    connection.phase !== "failed"
  );
}
