import { fireEvent, screen, within } from "@testing-library/preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ceiling, outline } from "../src/connection/graph";
import { History } from "../src/connection/history";
import { Renewal } from "../src/connection/renewal";
import { bytes, clock, took } from "../src/format";
import { connected, connection, NOON } from "./pictures";
import { show } from "./show";

function see(state: "visible" | "hidden") {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  act(() => void document.dispatchEvent(new Event("visibilitychange")));
}

function pass(milliseconds: number) {
  act(() => void vi.advanceTimersByTime(milliseconds));
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the connected screen", () => {
  it("counts for how long, by the second", () => {
    show(connected());
    pass(65_000);
    expect(screen.getByRole("timer").textContent?.trim()).toBe("for 1:05");
  });

  it("watches the traffic while it is seen, and runs no timer while it is not", () => {
    const desk = show(connected());
    expect(desk.calls).toEqual([["watchTraffic", true]]);
    expect(vi.getTimerCount()).toBe(1);
    see("hidden");
    expect(desk.calls.at(-1)).toEqual(["watchTraffic", false]);
    expect(vi.getTimerCount()).toBe(0);
    see("visible");
    expect(desk.calls.at(-1)).toEqual(["watchTraffic", true]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it("counts down to the next try", () => {
    show(connected({ phase: "reconnecting", connected_at_ms: null, next_try: NOON / 1000 + 16 }));
    pass(15_000);
    expect(screen.getByText("Next try in 1 second")).toBeTruthy();
    see("hidden");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("runs no timer when nothing on the screen moves", () => {
    show(connected({ phase: "connecting", connected_at_ms: null }));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives the graph's numbers in a table", () => {
    const desk = show(connected({ traffic: { received: 1000, sent: 500, receive_rate: 0, send_rate: 0 } }));
    for (let second = 1; second <= 30; second += 1) {
      act(() => {
        vi.advanceTimersByTime(1000);
        const traffic = { received: 1000 + second * 200_000, sent: 500, receive_rate: 200_000, send_rate: 0 };
        desk.show(connected({ traffic }));
      });
    }
    const [, received, sent] = within(screen.getByRole("table")).getAllByRole("row");
    const cells = (row: HTMLElement | undefined) => [...(row?.children ?? [])].map(({ textContent }) => textContent);
    expect(cells(received)).toEqual(["Received", "200 kB/s", "193 kB/s", "200 kB/s", "6 MB"]);
    expect(cells(sent)).toEqual(["Sent", "0 B/s", "0 B/s", "0 B/s", "500 B"]);
  });

  it("renews the sign-in, and warns of its end", () => {
    const desk = show(connected({ sign_in_expires: NOON / 1000 + 540, sign_in_renews: null }));
    const banner = screen.getByText("Your session ends in 9 minutes").closest("[role=alert]") as HTMLElement;
    fireEvent.click(within(banner).getByRole("button", { name: "Renew now" }));
    expect(desk.calls.at(-1)).toEqual(["renewNow"]);
    fireEvent.click(within(banner).getByRole("button", { name: "Remind me" }));
    act(() => void 0);
    expect(screen.queryByText(/Your session ends/)).toBeNull();
    const list = screen.getByRole("listbox");
    act(() => void fireEvent.keyDown(list, { key: "ArrowDown" }));
    act(() => void fireEvent.keyDown(list, { key: "ArrowUp" }));
    expect(screen.queryByText(/Your session ends/)).toBeNull();
    pass(430_000);
    expect(screen.getByText("Your session ends in 2 minutes")).toBeTruthy();
  });

  it("says what goes through the tunnel", () => {
    const desk = show(connected());
    expect(screen.getByText(/^Traffic to 2 networks/)).toBeTruthy();
    act(() => desk.show(connected({ routes: ["0.0.0.0/0"] })));
    expect(screen.getByText("All your traffic goes through the tunnel.")).toBeTruthy();
  });
});

describe("the end of a session", () => {
  const session = (expires: number, renews: number | null) =>
    connection({ sign_in_expires: NOON / 1000 + expires, sign_in_renews: renews === null ? null : NOON / 1000 + renews });

  it("is worth a warning only when nobody is about to renew it", () => {
    const ends = (expires: number, renews: number | null) => new Renewal().endsIn(session(expires, renews), NOON);
    expect(ends(3600, null)).toBeNull();
    expect(ends(590, 100)).toBeNull();
    expect(ends(590, null)).toBe(590_000);
    expect(ends(590, -100)).toBe(590_000);
    expect(ends(-5, null)).toBe(0);
  });

  it("is worth one when a renewal has failed", () => {
    const renewal = new Renewal();
    renewal.take(session(590, 100));
    expect(renewal.endsIn(session(590, 100), NOON)).toBeNull();
    renewal.take(session(590, 300));
    expect(renewal.endsIn(session(590, 300), NOON)).toBe(590_000);
  });
});

describe("the history of traffic", () => {
  const sample = (history: History, at: number, rate: number) =>
    history.take(connection({ traffic: { received: at, sent: 0, receive_rate: rate, send_rate: 0 } }), at);

  it("holds each sample until the next, and knows of gaps", () => {
    const history = new History();
    sample(history, NOON, 100);
    sample(history, NOON + 2000, 50);
    history.rest(NOON + 3000);
    expect(history.series(NOON + 5000, 6, 1000).received).toEqual([null, 100, 100, 50, null, null]);
  });

  it("begins anew with each session", () => {
    const history = new History();
    sample(history, NOON, 100);
    history.take(connection({ connected_at_ms: NOON + 1000 }), NOON + 1000);
    expect(history.series(NOON + 1000, 1, 1000).received).toEqual([null]);
  });
});

describe("drawing and numbers", () => {
  it("scales to a round number and breaks lines at gaps", () => {
    expect([0, 12_000, 230_000, 2_000_000].map(ceiling)).toEqual([10_000, 20_000, 500_000, 2_000_000]);
    expect(outline([0, null, 10], 10, false)).toBe("M0 119M600 3");
    expect(outline([0, 10], 10, true)).toBe("M0 119L600 3V120H0Z");
  });

  it("writes bytes, spans and durations for people", () => {
    expect([0, 999, 1000, 1_249_000, 412_000_000].map((n) => bytes(n, "en"))).toEqual(["0 B", "999 B", "1 kB", "1.2 MB", "412 MB"]);
    expect([5_000, 65_000, 8_047_000].map(clock)).toEqual(["0:05", "1:05", "2:14:07"]);
    expect([90, 210, 14_000].map((ms) => took(ms, "en"))).toEqual(["0.09 s", "0.2 s", "14 s"]);
  });
});
