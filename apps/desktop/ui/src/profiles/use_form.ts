import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { asProblem } from "../task";
import type { Field, FieldFault, Finding, FormReport, Problem, ProfileDetail, ProfileForm } from "../types";
import { faultOf } from "./form_state";

/** How long typing rests before it is judged, in milliseconds. */
const REST = 150;

/** A form while it is filled in. */
export interface FormModel {
  form: ProfileForm;
  /** What is worth knowing of it, when nothing is wrong. */
  findings: readonly Finding[];
  /** How many faults keep it from being saved, once that was tried. */
  faults: number;
  /** Whether something was typed. */
  changed: boolean;
  change(change: Partial<ProfileForm> | ((form: ProfileForm) => ProfileForm)): void;
  /** The user is done with a field, for now. */
  leave(field: Field): void;
  fault(field: Field): FieldFault | null;
  /** Judges the form as it is now and shows all that is wrong; gives the faults. */
  settle(): Promise<FieldFault[]>;
  /** Takes what was typed as secret out of the memory of the page. */
  forgetSecret(): void;
}

/** The form as the desk gives it to begin with; null until it is there. */
export function useFirstForm(desk: Desk, was: string | null) {
  const [first, setFirst] = useState<{ form: ProfileForm; detail: ProfileDetail | null } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let gone = false;
    const asked =
      was === null
        ? // A secret never comes from the desk, not even an empty one.
          desk.blankForm().then((form) => ({ form: { ...form, secret: form.secret ?? "" }, detail: null }))
        : desk.profile(was).then((detail) => ({ form: detail.form, detail }));
    asked.then(
      (found) => !gone && setFirst(found),
      (error: unknown) => !gone && setProblem(asProblem(error)),
    );
    return () => {
      gone = true;
    };
  }, [desk, was]);
  return { first, problem };
}

/** Keeps a form and has it judged while it is typed. */
export function useForm(desk: Desk, first: ProfileForm, was: string | null): FormModel {
  const [form, setForm] = useState(first);
  const [report, setReport] = useState<FormReport | null>(null);
  const [judged, setJudged] = useState(first);
  const [left, setLeft] = useState<ReadonlySet<Field>>(new Set());
  const [tried, setTried] = useState(false);
  const asked = useRef(0);
  const gone = useRef(false);

  const judge = useCallback(
    async (now: ProfileForm) => {
      const number = ++asked.current;
      const found = await desk.checkForm(now, was);
      // An answer that a later question has overtaken says nothing any more.
      if (!gone.current && number === asked.current) {
        setReport(found);
        setJudged(now);
      }
      return found;
    },
    [desk, was],
  );

  useEffect(() => {
    const timer = setTimeout(() => void judge(form).catch(() => undefined), REST);
    return () => clearTimeout(timer);
  }, [form, judge]);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);

  return {
    form,
    findings: report !== null && report.faults.length === 0 ? report.findings : [],
    faults: tried ? (report?.faults.length ?? 0) : 0,
    changed: JSON.stringify(form) !== JSON.stringify(first),
    change: (change) =>
      setForm((now) => (typeof change === "function" ? change(now) : { ...now, ...change })),
    leave: (field) => setLeft((now) => (now.has(field) ? now : new Set([...now, field]))),
    // What was typed since is judged in a moment, and nothing is said of what stood there before.
    fault: (field) => (form[field] === judged[field] ? faultOf(report, field, left, tried) : null),
    settle: async () => {
      setTried(true);
      return (await judge(form)).faults;
    },
    forgetSecret: () => setForm((now) => ({ ...now, secret: null })),
  };
}
