import { connected, picture, PROFILES, problem } from "../test/pictures";
import type { DevState } from "./states";

/** Screens about a connection. */
export const connectionStates: Record<string, DevState> = {
  welcome: { picture: picture() },
  missing: {
    picture: picture({
      daemon: { kind: "missing", problem: problem({ code: "daemon_unavailable" }), start: "sudo systemctl start spoked" },
    }),
  },
  disconnected: { picture: picture({ profiles: PROFILES }) },
  connected: { picture: connected() },
};
