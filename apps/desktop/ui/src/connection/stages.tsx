import { Icon, type IconName } from "../components/icon";
import { took } from "../format";
import { useStrings } from "../strings";
import type { Stage, StageReport } from "../types";

const STEPS = [
  ["gateway", ["resolve", "transport", "tls"]],
  ["signIn", ["auth"]],
  ["tunnel", ["options", "interface"]],
  ["network", ["routes", "dns"]],
  ["traffic", ["verify"]],
] as const;

type StepStatus = "waiting" | "running" | "done" | "failed";

/** Stages that people see as one. */
export interface Step {
  name: (typeof STEPS)[number][0];
  status: StepStatus;
  /** How long its stages took together, in milliseconds. */
  took: number | null;
  detail: string;
}

const ICONS: Record<StepStatus, IconName> = { waiting: "circle", running: "progress", done: "check", failed: "cross" };

/** The stages of an attempt, in the few steps that people care for. */
export function steps(reports: StageReport[]): Step[] {
  return STEPS.map(([name, stages]) => {
    const last = stages[stages.length - 1];
    // The sign-in begins while the gateway is still being reached: it is no sign of that being over.
    const passed = reports.some(({ stage }) => stage !== "auth" && stage !== last && order(stage) > order(last));
    const own = reports.filter(({ stage }) => (stages as readonly Stage[]).includes(stage));
    const details = own.map(({ detail }) => detail).filter(Boolean);
    const times = own.map(({ took_ms }) => took_ms).filter((time) => time !== null);
    return {
      name,
      status: statusOf(own, passed ? own.length : stages.length),
      took: times.length === 0 ? null : times.reduce((sum, time) => sum + time, 0),
      detail: details[details.length - 1] ?? "",
    };
  });
}

function order(stage: Stage | undefined): number {
  return STEPS.flatMap(([, stages]) => [...stages] as (Stage | undefined)[]).indexOf(stage);
}

function statusOf(own: StageReport[], all: number): StepStatus {
  if (own.some(({ status }) => status === "failed")) return "failed";
  if (own.length > 0 && own.length >= all && own.every(({ status }) => status === "done")) return "done";
  return own.length > 0 ? "running" : "waiting";
}

/** How far an attempt has come. */
export function StageList({ reports }: { reports: StageReport[] }) {
  const { connection: texts, locale } = useStrings();
  return (
    <ol class="steps plain-list" aria-label={texts.progress}>
      {steps(reports).map((step) => (
        <li key={step.name} class={`step step-${step.status}`}>
          <Icon name={ICONS[step.status]} spin={step.status === "running"} />
          <span class="step-text">
            <span class="step-name">{texts.steps[step.name]}</span>
            <span class="unseen">{`: ${texts.stepStatus[step.status]}`}</span>
            {step.detail !== "" && step.status !== "failed" && <span class="step-detail foreign">{step.detail}</span>}
          </span>
          {step.took !== null && step.status !== "running" && <span class="step-time">{took(step.took, locale)}</span>}
        </li>
      ))}
    </ol>
  );
}
