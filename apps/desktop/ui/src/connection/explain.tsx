import { useEffect, useState } from "preact/hooks";
import { Button } from "../components/button";
import { Copy } from "../components/copy";
import { Field } from "../components/field";
import { Icon } from "../components/icon";
import { useLock } from "../components/lock";
import { ProblemView } from "../components/problem";
import { Group, Rows } from "../components/rows";
import type { Desk } from "../desk";
import type { PageProps } from "../place";
import { type Strings, useStrings } from "../strings";
import { asProblem, useTask } from "../task";
import type { AddressReport, Explanation, Mend, NameAnswer } from "../types";

/** What was asked last, over a reconnection too. */
export interface Asked {
  target: string;
  /** It was mended, and is to be asked again once it is connected. */
  again: boolean;
}

interface ExplainProps extends Pick<PageProps, "desk" | "go" | "ask"> {
  profile: string;
  asked: Asked;
}

/** Why a host can, or cannot, be reached. */
export function Explain({ desk, go, ask, profile, asked }: ExplainProps) {
  const texts = useStrings().explain;
  const [target, setTarget] = useState(asked.target);
  const [found, setFound] = useState<Explanation | null>(null);
  const task = useTask();
  const { run } = task;
  const look = (wanted: string) => {
    asked.target = wanted;
    asked.again = false;
    if (wanted.trim() === "") return;
    void run(async () => {
      setFound(null);
      setFound(await desk.explain(wanted));
    });
  };
  useEffect(() => {
    if (asked.again) look(asked.target);
  }, []);
  const fault = task.problem?.code === "usage" ? texts.unreadable : undefined;

  return (
    <Group title={texts.title}>
      <form
        class="card explain"
        onSubmit={(event) => {
          event.preventDefault();
          look(target);
        }}
      >
        <Field label={texts.label} hint={texts.hint} fault={fault}>
          {(control) => (
            <div class="field-line">
              <input
                {...control}
                class="input"
                type="text"
                value={target}
                autocomplete="off"
                spellcheck={false}
                autocapitalize="off"
                onInput={(event) => setTarget(event.currentTarget.value)}
              />
              <Button submit icon="diagnose" busy={task.busy}>
                {texts.go}
              </Button>
            </div>
          )}
        </Field>
        <div role="status" class="stack-small">
          {task.busy && <p class="muted">{texts.running}</p>}
          {found && (
            <Found desk={desk} found={found}>
              <Acts desk={desk} go={go} ask={ask} profile={profile} asked={asked} found={found} />
            </Found>
          )}
        </div>
        {task.problem && fault === undefined && <ProblemView desk={desk} problem={task.problem} compact />}
      </form>
    </Group>
  );
}

/** What can be done about it at a press. */
function Acts({ desk, go, ask, profile, asked, found: { mend, verdict } }: ExplainProps & { found: Explanation }) {
  const { explain: texts, connection } = useStrings();
  const { icon, locked, unless } = useLock("change-profiles", ask);
  const task = useTask();
  const change = (wanted: Mend) =>
    void task.run(async () => {
      // This page is gone while it connects anew.
      asked.again = true;
      await desk.mend(wanted).catch((error: unknown) => {
        asked.again = false;
        ask({ kind: "problem", problem: asProblem(error) });
      });
    });
  return (
    <>
      {mend !== null && (
        <Button
          kind="primary"
          icon={locked ? "lock" : undefined}
          busy={task.busy}
          describedBy="mend-hint"
          onClick={unless(() => change(mend))}
        >
          {texts.mend[mend.setting](mend.value)}
        </Button>
      )}
      {verdict === "no_tunnel_dns" && (
        <Button icon={icon("edit")} onClick={unless(() => go({ kind: "edit", profile }))}>
          {connection.acts.edit}
        </Button>
      )}
    </>
  );
}

interface FoundProps {
  desk: Desk;
  found: Explanation;
  /** What can be done about it. */
  children: preact.ComponentChildren;
}

function Found({ desk, found, children }: FoundProps) {
  const { explain: texts, problems } = useStrings();
  const own = [found.summary, ...found.causes].map(sentence);
  const said = texts.said?.(found);
  const [verdict, ...why] = said ?? own;
  const advice = found.mend === null ? texts.advice[found.verdict] : texts.mendHint;
  const rows = facts(found, texts);
  return (
    <section class={`explained phase-${found.reached ? "good" : "warning"}`} aria-label={texts.answer}>
      <Icon name={found.reached ? "connected" : "alert"} />
      <div class="explained-text">
        <p class="strong selectable">{verdict}</p>
        {why.map((cause) => (
          <p key={cause} class="selectable">
            {cause}
          </p>
        ))}
        {advice !== undefined && (
          <p class="muted" id="mend-hint">
            {advice}
          </p>
        )}
        <div class="actions">{children}</div>
        <details class="details">
          <summary>{problems.details}</summary>
          {said !== undefined &&
            own.map((words) => (
              <p key={words} class="foreign muted small" lang="en">
                {words}
              </p>
            ))}
          <Rows rows={rows} />
          <Copy desk={desk} text={[...own, ...rows.map(([label, value]) => `${label}: ${value}`)].join("\n")} kind="quiet">
            {problems.copy}
          </Copy>
        </details>
      </div>
    </section>
  );
}

type Texts = Strings["explain"];

function facts({ target, name, addresses, port }: Explanation, texts: Texts): [string, string][] {
  const names: [string, string][] =
    name === null
      ? []
      : [
          [texts.programs, `${target}: ${answer(name.here, texts)} (${name.resolver})`],
          ...name.inside.map((asked): [string, string] => [texts.inside(asked.server), answer(asked.answer, texts)]),
        ];
  return [...names, ...addresses.map((report): [string, string] => [report.address, way(report, port, texts)])];
}

function answer(given: NameAnswer, texts: Texts): string {
  switch (given.kind) {
    case "addresses":
      return given.addresses.join(", ");
    case "no_address":
      return texts.noSuchName;
    case "silent":
      return texts.noAnswer;
    case "failed":
      return `${texts.noAnswer} (${given.why})`;
  }
}

function way({ way, route, reply }: AddressReport, port: number, texts: Texts): string {
  const by = route === null ? "" : ` (${[route.prefix, route.gateway, route.interface].filter((part) => part !== null).join(" → ")})`;
  const why = reply.kind === "unreachable" ? ` (${reply.why})` : "";
  return `${texts.ways[way]}${by}; ${texts.replies[reply.kind](port)}${why}`;
}

/** The program's own words, as a sentence. */
function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
