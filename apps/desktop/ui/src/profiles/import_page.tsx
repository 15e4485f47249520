import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../components/button";
import { Icon } from "../components/icon";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import { Group } from "../components/rows";
import { connectOrTell } from "../connection/connect";
import type { PageProps } from "../place";
import { useStrings, type Strings } from "../strings";
import { useTask } from "../task";
import type { ImportPlan, ImportSource } from "../types";
import { choicesOf, faultsOf, firstDrafts, type Draft } from "./import_state";
import { Planned } from "./planned";
import { beginImport, type WayIn } from "./ways_in";

/** What was found in files, to be looked at and saved. */
export function ImportPage({ desk, picture, go, ask, plan }: PageProps & { plan: ImportPlan }) {
  const strings = useStrings();
  const text = strings.profiles.import;
  const stored = picture.profiles.map(({ name }) => name);
  const [drafts, setDrafts] = useState<Draft[]>(() => firstDrafts(plan, stored));
  const task = useTask();
  const saved = useRef(false);

  // A plan that nobody looks at any more would keep its secrets in memory.
  useLayoutEffect(
    () => () => {
      if (!saved.current) void desk.dropImport(plan.id).catch(() => undefined);
    },
    [desk, plan.id],
  );

  const faults = faultsOf(plan, drafts, stored);
  const choices = choicesOf(plan, drafts);
  const ready = choices.length > 0 && faults.every((fault) => fault === null);
  const several = plan.profiles.length > 1;

  function change(at: number, changed: Partial<Draft>) {
    setDrafts((all) => all.map((draft, place) => (place === at ? { ...draft, ...changed } : draft)));
  }

  function save(connect: boolean) {
    void task.run(async () => {
      const [first] = await desk.saveImport(plan.id, choices);
      saved.current = true;
      setDrafts((all) => all.map((draft) => ({ ...draft, secret: "" })));
      if (first === undefined) return;
      go({ kind: "profile", profile: first });
      if (connect) connectOrTell({ desk, ask }, first);
    });
  }

  function instead(way: WayIn) {
    void task.run(async () => {
      const other = await beginImport(desk, way, strings);
      if (other) go({ kind: "import", plan: other });
    });
  }

  return (
    <form
      class="page-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) save(false);
      }}
    >
      <PageFrame
        title={plan.profiles.length === 1 ? text.titleOne : text.title}
        lead={<span class="selectable">{sourceText(plan.source, text)}</span>}
        actions={
          <ImportActions
            plan={plan}
            chosen={choices.length}
            ready={ready}
            busy={task.busy}
            cancel={() => go({ kind: "welcome" })}
            instead={instead}
            saveAndConnect={() => save(true)}
          />
        }
      >
        {plan.profiles.length === 0 && (
          <>
            <p>{text.nothing}</p>
            <p class="muted">{text.nothingHint}</p>
          </>
        )}
        {plan.profiles.map((profile, at) => {
          const draft = drafts[at];
          return (
            draft && (
              <Planned
                key={profile.index}
                profile={profile}
                draft={draft}
                fault={faults[at] ?? null}
                several={several}
                change={(changed) => change(at, changed)}
              />
            )
          );
        })}
        <Refused plan={plan} />
        <Notes notes={plan.notes} />
        {task.problem && <ProblemView problem={task.problem} desk={desk} compact />}
      </PageFrame>
    </form>
  );
}

interface ImportActionsProps {
  plan: ImportPlan;
  chosen: number;
  ready: boolean;
  busy: boolean;
  cancel(): void;
  instead(way: WayIn): void;
  saveAndConnect(): void;
}

function ImportActions({ plan, chosen, ready, busy, cancel, instead, saveAndConnect }: ImportActionsProps) {
  const { common, profiles } = useStrings();
  const text = profiles.import;
  if (plan.profiles.length === 0) {
    return (
      <>
        <Button onClick={cancel}>{common.cancel}</Button>
        <Button onClick={() => instead("folder")}>{text.folder}</Button>
        <Button kind="primary" busy={busy} onClick={() => instead("files")}>
          {text.another}
        </Button>
      </>
    );
  }
  return (
    <>
      {plan.profiles.length > 1 && (
        <span class="muted actions-note" role="status">
          {text.chosen(chosen, plan.profiles.length)}
        </span>
      )}
      <Button onClick={cancel}>{common.cancel}</Button>
      <Button submit kind={chosen > 1 ? "primary" : "plain"} busy={busy} disabled={!ready}>
        {common.save}
      </Button>
      {chosen <= 1 && (
        <Button kind="primary" busy={busy} disabled={!ready} onClick={saveAndConnect}>
          {profiles.saveAndConnect}
        </Button>
      )}
    </>
  );
}

function Refused({ plan }: { plan: ImportPlan }) {
  const { profiles } = useStrings();
  if (plan.refused.length === 0) {
    return null;
  }
  return (
    <Group title={profiles.import.refused(plan.refused.length)}>
      <ul class="plain-list findings">
        {plan.refused.map(({ path, problem }, at) => (
          <li key={`${path} ${at}`} class="finding finding-refused">
            <Icon name="cross" />
            <div>
              <p class="selectable strong">{path}</p>
              <p class="foreign">{problem.cause ?? problem.summary}</p>
              {!/\bspoke /.test(problem.hint) && <p class="foreign muted">{problem.hint}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Group>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  const { profiles } = useStrings();
  if (notes.length === 0) {
    return null;
  }
  return (
    <Group title={profiles.import.notes}>
      <ul class="plain-list">
        {notes.map((note) => (
          <li key={note} class="foreign muted">
            {note}
          </li>
        ))}
      </ul>
    </Group>
  );
}

function sourceText(source: ImportSource, text: Strings["profiles"]["import"]): string {
  return source.kind === "files" ? text.from(source.names) : text.fromAzureVpnClient(source.folders);
}
