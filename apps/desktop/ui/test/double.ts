import type { Desk } from "../src/desk";
import type { Picture } from "../src/types";

/** One call that the pages made. */
export type Call = [name: keyof Desk, ...with_: unknown[]];

/** A desk for tests: shows the picture it is given and writes down what it is asked. */
export interface DeskDouble extends Desk {
  /** What was asked, but for the following of pictures and drops. */
  calls: Call[];
  /** Publishes another picture. */
  show(picture: Picture): void;
  /** Holds files over the window, and drops them. */
  hover(over: boolean): void;
  drop(paths: string[]): void;
}

/** A desk that shows `first`. `answers` are put in place of calls whose result matters. */
export function deskDouble(first: Picture, answers: Partial<Desk> = {}): DeskDouble {
  let now = first;
  const followers = new Set<(picture: Picture) => void>();
  const drops = new Set<{ hover(over: boolean): void; drop(paths: string[]): void }>();
  const calls: Call[] = [];
  const own: Partial<DeskDouble> = {
    calls,
    show(picture) {
      now = picture;
      for (const follow of followers) follow(picture);
    },
    hover: (over) => drops.forEach((follower) => follower.hover(over)),
    drop: (paths) => drops.forEach((follower) => follower.drop(paths)),
    follow(show) {
      followers.add(show);
      show(now);
      return () => followers.delete(show);
    },
    followDrops(hover, drop) {
      const follower = { hover, drop };
      drops.add(follower);
      return () => drops.delete(follower);
    },
  };
  return new Proxy(own as DeskDouble, {
    get(target, name: keyof DeskDouble | "then") {
      // A double that is handed on by an async function is no promise itself.
      if (name === "then") return undefined;
      if (name in target) return target[name];
      const answer = answers[name as keyof Desk] as ((...with_: unknown[]) => unknown) | undefined;
      return (...with_: unknown[]) => {
        calls.push([name as keyof Desk, ...with_]);
        return answer ? answer(...with_) : Promise.resolve(null);
      };
    },
  });
}
