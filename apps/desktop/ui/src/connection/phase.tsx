import { Icon, type IconName } from "../components/icon";
import type { Connection, Phase } from "../types";

const LOOKS: Record<Phase, { icon: IconName; tone: string; spin?: boolean }> = {
  disconnected: { icon: "circle", tone: "quiet" },
  connecting: { icon: "progress", tone: "busy", spin: true },
  signing_in: { icon: "key", tone: "busy" },
  connected: { icon: "connected", tone: "good" },
  reconnecting: { icon: "retry", tone: "warning", spin: true },
  paused: { icon: "pause", tone: "quiet" },
  blocked: { icon: "blocked", tone: "warning" },
  disconnecting: { icon: "progress", tone: "quiet", spin: true },
  failed: { icon: "alert", tone: "bad" },
};

/** A shape for each state, so that colour need not tell. The words stand beside it. */
export function PhaseIcon({ phase, waits = false }: { phase: Phase; waits?: boolean }) {
  const look = waits ? LOOKS.signing_in : LOOKS[phase];
  return (
    <span class={`phase-icon phase-${look.tone}`} data-phase={phase}>
      <Icon name={look.icon} spin={look.spin === true} />
    </span>
  );
}

/** The phase as people see it: what they cancelled themselves has not failed. */
export function phaseOf(connection: Connection | null): Phase {
  if (connection === null || (connection.phase === "failed" && connection.problem?.code === "cancelled")) return "disconnected";
  return connection.phase;
}

/** Whether it holds, or is after, the one connection there can be. */
export function isActive(connection: Connection | null): boolean {
  const phase = phaseOf(connection);
  return phase !== "disconnected" && phase !== "failed";
}
