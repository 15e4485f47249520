import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Icon, type IconName } from "../components/icon";
import { ProblemView } from "../components/problem";
import { Group } from "../components/rows";
import type { Desk } from "../desk";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { Problem, ProbeReport, StageStatus } from "../types";

/** A test of a gateway that is under way or done. */
export interface Probe {
  busy: boolean;
  report: ProbeReport | null;
  /** Why there could be no test at all. */
  problem: Problem | null;
  /** Runs a test; null from it means that there was nothing to test. */
  run(work: () => Promise<ProbeReport | null>): Promise<void>;
}

/** One test at a time. */
export function useProbe(): Probe {
  const task = useTask();
  const [report, setReport] = useState<ProbeReport | null>(null);
  const { run: start } = task;
  const run = useCallback(
    async (work: () => Promise<ProbeReport | null>) => {
      await start(async () => {
        setReport(null);
        setReport(await work());
      });
    },
    [start],
  );
  return { busy: task.busy, report, problem: task.problem, run };
}

const ICONS: Record<StageStatus, IconName> = { running: "progress", done: "check", failed: "cross" };

/** The stages of a test as they came, and what ended it. */
export function ProbeView({ probe, desk }: { probe: Probe; desk: Desk }) {
  const { profiles, stages } = useStrings();
  const text = profiles.probe;
  const { report, busy, problem } = probe;
  const end = useRef<HTMLDivElement>(null);
  const shown = busy || report !== null || problem !== null;
  // It stands below a long form.
  useEffect(() => {
    if (shown) end.current?.scrollIntoView?.({ block: "nearest" });
  }, [shown, busy]);
  if (!shown) {
    return null;
  }
  return (
    <Group title={text.title}>
      <div role="status" class="stack-small">
        {busy && (
          <p class="probe-running">
            <Icon name="progress" spin />
            {text.running}
          </p>
        )}
        {report && (
          <>
            <ol class="plain-list probe-stages">
              {report.stages.map(({ stage, status, took_ms, detail }) => (
                <li key={stage} class={`probe-stage probe-${status}`}>
                  <Icon name={ICONS[status]} spin={status === "running"} />
                  <span class="probe-text">
                    <span class="strong">{stages[stage]}</span>
                    <span class="unseen"> {text.statuses[status]}</span>
                    {detail !== "" && <span class="selectable muted"> {detail}</span>}
                  </span>
                  {took_ms !== null && <span class="muted small">{text.took(took_ms)}</span>}
                </li>
              ))}
            </ol>
            {report.gateway && <p class="selectable muted">{text.gateway(report.gateway.host, report.gateway.address)}</p>}
            {report.problem === null && <Banner tone="good">{text.reached}</Banner>}
          </>
        )}
      </div>
      {report?.problem && <ProblemView problem={report.problem} desk={desk} stages={report.stages} compact />}
      {problem && <ProblemView problem={problem} desk={desk} compact />}
      {report && <p class="muted small">{text.nothingChanged}</p>}
      <div ref={end} class="probe-end" />
    </Group>
  );
}
