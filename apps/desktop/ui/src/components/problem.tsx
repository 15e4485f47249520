import type { ComponentChildren } from "preact";
import type { Desk } from "../desk";
import { ended } from "../format";
import { useStrings } from "../strings";
import type { Problem, StageReport } from "../types";
import { Button } from "./button";
import { Copy } from "./copy";
import { Icon } from "./icon";
import { LockContact } from "./lock";

interface ProblemViewProps {
  desk: Desk;
  problem: Problem;
  /** The one thing to do about it. */
  act?: { label: string; run(): void; busy?: boolean };
  /** What else can be done. */
  also?: ComponentChildren;
  /** How far an attempt came. */
  stages?: StageReport[];
  /** Small, inside a form or dialog. */
  compact?: boolean;
}

/** What went wrong: in words, why, what to do, and the details for a support person. */
export function ProblemView({ desk, problem, act, also, stages = [], compact = false }: ProblemViewProps) {
  const { problems } = useStrings();
  const { title, advice } = problems.codes[problem.code];
  return (
    <section class={compact ? "problem problem-compact" : "problem"} role="alert">
      <div class="problem-head">
        <Icon name="alert" />
        <h2>{title}</h2>
      </div>
      <Happened problem={problem} />
      {advice !== "" && <p>{advice}</p>}
      {problem.code === "policy" && <LockContact />}
      {(act !== undefined || also !== undefined) && (
        <div class="actions">
          {act !== undefined && (
            <Button kind="primary" onClick={act.run} busy={act.busy === true}>
              {act.label}
            </Button>
          )}
          {also}
        </div>
      )}
      <ProblemDetails desk={desk} problem={problem} stages={stages} />
    </section>
  );
}

/** What happened: in the user's language where that is known, else as the service says it. */
export function Happened({ problem }: { problem: Problem }) {
  const { said } = useStrings().problems.codes[problem.code];
  if (said !== undefined) return <p>{said}</p>;
  return (
    <>
      <p class="foreign" lang="en">
        {ended(problem.summary)}
      </p>
      {problem.cause !== null && (
        <p class="foreign muted" lang="en">
          {ended(problem.cause)}
        </p>
      )}
    </>
  );
}

function ProblemDetails({ desk, problem, stages }: { desk: Desk; problem: Problem; stages: StageReport[] }) {
  const { problems, stages: names } = useStrings();
  const failed = stages.find((report) => report.status === "failed");
  const lines = [
    `${problems.code}: ${problem.code}`,
    ...(failed ? [`${problems.stage}: ${names[failed.stage]}${failed.detail === "" ? "" : ` (${failed.detail})`}`] : []),
    ...problem.details,
  ];
  const sentences = [problem.summary, ...(problem.cause === null ? [] : [problem.cause])];
  const text = [...sentences, ...lines].join("\n");
  return (
    <details class="details">
      <summary>{problems.details}</summary>
      <ul class="plain-list detail-lines">
        {problems.codes[problem.code].said !== undefined &&
          sentences.map((sentence) => (
            <li key={sentence} class="foreign" lang="en">
              {sentence}
            </li>
          ))}
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Copy desk={desk} text={text} kind="quiet">
        {problems.copy}
      </Copy>
    </details>
  );
}
