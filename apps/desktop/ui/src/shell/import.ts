import { useState } from "preact/hooks";
import { useLock } from "../components/lock";
import type { PageProps } from "../place";
import { beginImport, type WayIn } from "../profiles/ways_in";
import { useStrings } from "../strings";
import { asProblem } from "../task";

/** Begins an import: asks for the files, looks at them, and goes to what was found. */
export function useImport({ desk, go, ask }: PageProps) {
  const strings = useStrings();
  const lock = useLock("change-profiles", ask);
  const [busy, setBusy] = useState(false);
  const begin = async (way: WayIn) => {
    if (busy) return;
    setBusy(true);
    try {
      const plan = await beginImport(desk, way, strings);
      if (plan !== null) go({ kind: "import", plan });
    } catch (error) {
      ask({ kind: "problem", problem: asProblem(error) });
    } finally {
      setBusy(false);
    }
  };
  return { busy, begin: (way: WayIn) => lock.unless(() => void begin(way))() };
}
