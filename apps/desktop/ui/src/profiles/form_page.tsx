import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import { Group } from "../components/rows";
import type { PageProps, Place } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { Field, ProfileForm } from "../types";
import { Findings } from "./findings";
import { FormFields } from "./form_fields";
import { ProbeView, useProbe } from "./probe";
import { useFirstForm, useForm } from "./use_form";

interface FormPageProps extends PageProps {
  /** The stored profile that is changed; null for one that is added. */
  was: string | null;
}

/** Adds a profile by hand, or changes a stored one. */
export function FormPage(page: FormPageProps) {
  const text = useStrings().profiles.form;
  const { first, problem } = useFirstForm(page.desk, page.was);
  const title = page.was === null ? text.addTitle : text.editTitle(page.was);
  if (first && first.detail?.summary.beyond_form !== true) {
    return <FormEditor {...page} title={title} first={first.form} />;
  }
  return (
    <PageFrame title={title}>
      {problem && <ProblemView desk={page.desk} problem={problem} />}
      {first && <p>{text.beyond}</p>}
    </PageFrame>
  );
}

function FormEditor({ desk, go, was, title, first }: FormPageProps & { title: string; first: ProfileForm }) {
  const { common, profiles } = useStrings();
  const text = profiles.form;
  const model = useForm(desk, first, was);
  const saving = useTask();
  const probe = useProbe();
  const [leaving, setLeaving] = useState(false);
  const element = useRef<HTMLFormElement>(null);
  const home: Place = was === null ? { kind: "welcome" } : { kind: "profile", profile: was };

  // The heading that had the focus went when the form came.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) focus(element.current, "name");
  }, []);

  /** Puts the focus on the first fault; tells whether there is one. */
  async function isFaulty(): Promise<boolean> {
    const [fault] = await model.settle();
    if (fault) focus(element.current, fault.field);
    return fault !== undefined;
  }

  function save() {
    void saving.run(async () => {
      if (await isFaulty()) return;
      const name = await desk.saveForm(model.form, was);
      model.forgetSecret();
      go({ kind: "profile", profile: name });
    });
  }

  function test() {
    void probe.run(async () => ((await isFaulty()) ? null : desk.probeForm(model.form, was)));
  }

  const actions = (
    <>
      <Button onClick={() => (model.changed ? setLeaving(true) : go(home))}>{common.cancel}</Button>
      <Button icon="diagnose" busy={probe.busy} onClick={test}>
        {text.test}
      </Button>
      <Button kind="primary" submit busy={saving.busy}>
        {common.save}
      </Button>
    </>
  );
  return (
    <>
      <form
        ref={element}
        class="page-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <PageFrame title={title} actions={actions}>
          <FormFields desk={desk} model={model} stored={was !== null} />
          {model.findings.length > 0 && (
            <Group title={text.findings}>
              <Findings findings={model.findings} />
            </Group>
          )}
          <ProbeView probe={probe} desk={desk} />
          {saving.problem && <ProblemView desk={desk} problem={saving.problem} compact />}
          <p role="status" class={model.faults > 0 ? "field-fault" : "unseen"}>
            {model.faults > 0 ? text.cannotSave(model.faults) : ""}
          </p>
        </PageFrame>
      </form>
      {leaving && <Leave stay={() => setLeaving(false)} discard={() => go(home)} />}
    </>
  );
}

function Leave({ stay, discard }: { stay(): void; discard(): void }) {
  const text = useStrings().profiles.form;
  return (
    <Dialog
      title={text.leave}
      onClose={stay}
      actions={
        <>
          <Button first onClick={stay}>
            {text.leaveStay}
          </Button>
          <Button kind="danger" onClick={discard}>
            {text.leaveDiscard}
          </Button>
        </>
      }
    >
      <p>{text.leaveHint}</p>
    </Dialog>
  );
}

/** Puts the focus into a field, unfolding what hides it. */
function focus(form: HTMLFormElement | null, field: Field) {
  const box = form?.querySelector(`[data-field=${field}]`);
  const fold = box?.closest("details");
  if (fold) fold.open = true;
  // Where a menu and a line of text make one field, the line is what is to be mended.
  [...(box?.querySelectorAll<HTMLElement>("input, select, textarea") ?? [])].pop()?.focus();
}
