import { act, fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { stringsFor } from "../src/strings";
import type { AddressReport, Explanation, Verdict } from "../src/types";
import { connected, picture, PROFILES, problem } from "./pictures";
import { show } from "./show";

const OUTSIDE: AddressReport = {
  address: "20.61.10.4",
  only_inside: false,
  way: "router",
  route: { prefix: "0.0.0.0/0", interface: "wlan0", gateway: "192.168.1.1", metric: 600, ours: false },
  reply: { kind: "open" },
};

function explanation(changes: Partial<Explanation> = {}): Explanation {
  return {
    target: "db.fabrikam.internal",
    port: 443,
    verdict: "not_asked_inside",
    reached: false,
    summary: "db.fabrikam.internal is asked outside the tunnel, where nobody knows it",
    causes: ["asked through the tunnel, 10.20.0.4 says 10.20.4.7"],
    fix: "spoke profile set contoso-hub dns.suffixes+=fabrikam.internal && spoke reconnect",
    mend: { profile: "contoso-hub", setting: "ask_inside", value: "fabrikam.internal" },
    name: {
      asked_inside: false,
      suffix: null,
      resolver: "systemd-resolved",
      here: { kind: "no_address" },
      inside: [{ server: "10.20.0.4", answer: { kind: "addresses", addresses: ["10.20.4.7"] } }],
    },
    addresses: [],
    ...changes,
  };
}

async function ask(target: string) {
  fireEvent.input(screen.getByLabelText("Host name, address or URL"), { target: { value: target } });
  await act(async () => void fireEvent.click(screen.getByRole("button", { name: "Explain" })));
}

describe("explaining a host", () => {
  it("says why, with the facts, and names no command", async () => {
    const desk = show(connected(), { answers: { explain: async () => explanation() } });
    await ask("db.fabrikam.internal");
    expect(desk.calls).toContainEqual(["explain", "db.fabrikam.internal"]);
    expect(screen.getByText("Db.fabrikam.internal is asked outside the tunnel, where nobody knows it.")).toBeTruthy();
    expect(screen.getByText("10.20.4.7")).toBeTruthy();
    expect(document.body.textContent).not.toContain("spoke profile set");
  });

  it("mends it at a press, and asks again once it is connected anew", async () => {
    const desk = show(connected(), { answers: { explain: async () => explanation(), mend: async () => undefined } });
    await ask("db.fabrikam.internal");
    const button = screen.getByRole("button", { name: "Ask the tunnel for names under fabrikam.internal" });
    await act(async () => void fireEvent.click(button));
    expect(desk.calls.at(-1)).toEqual(["mend", explanation().mend]);
    act(() => desk.show(picture({ profiles: PROFILES })));
    const asked = () => desk.calls.filter(([name]) => name === "explain").length;
    expect(asked()).toBe(1);
    await act(async () => desk.show(connected()));
    expect(asked()).toBe(2);
  });

  it("says at the field what it cannot read", async () => {
    const explain = () => Promise.reject(problem({ code: "usage", summary: "names no host" }));
    show(connected(), { answers: { explain } });
    await ask("no host");
    expect(screen.getByText(/^Type a host name, an address/)).toBeTruthy();
    expect(screen.queryByText("names no host")).toBeNull();
  });

  it("says every verdict in German", () => {
    const { said } = stringsFor("german").explain;
    const ofName: Verdict[] = ["not_asked_inside", "resolver_in_the_way", "tunnel_dns_silent", "no_tunnel_dns", "not_connected", "no_such_name"];
    const ofAddress: Verdict[] = [
      "reached_inside",
      "reached_outside",
      "this_computer",
      "port_closed",
      "outside_answer",
      "overlap",
      "other_route",
      "other_rule",
      "excluded",
      "no_route",
      "route_refuses",
      "silent_inside",
      "unreachable_inside",
      "silent_outside",
      "no_network",
    ];
    const texts = [
      ...ofName.map((verdict) => said?.(explanation({ verdict }))[0]),
      ...ofAddress.map((verdict) => said?.(explanation({ verdict, name: null, addresses: [OUTSIDE] }))[0]),
    ];
    expect(new Set(texts).size).toBe(texts.length - 1);
    expect(texts).not.toContain(undefined);
  });

  it("speaks of the address that answers, not of one that only the tunnel knows", () => {
    const { said } = stringsFor("german").explain;
    const hidden = { ...OUTSIDE, address: "10.20.4.7", only_inside: true };
    const [what] = said?.(explanation({ verdict: "outside_answer", addresses: [hidden, OUTSIDE] })) ?? [];
    expect(what).toBe("db.fabrikam.internal führt außerhalb des Tunnels gefragt zu 20.61.10.4.");
  });
});
