import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CheckField, Field } from "../components/field";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import type { Desk } from "../desk";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { asProblem } from "../task";
import type { Appearance, Language, Preferences, Problem } from "../types";

const LANGUAGES: readonly Language[] = ["system", "english", "german"];
const APPEARANCES: readonly Appearance[] = ["system", "light", "dark"];

/** The user's choices for the window; each holds as soon as it is made. */
export function SettingsPage({ desk, picture }: PageProps) {
  const text = useStrings().pages.settings;
  const { tray } = picture;
  const { preferences, problem, set } = usePreferences(desk, picture.preferences);

  return (
    <PageFrame title={text.title}>
      {problem && <ProblemView desk={desk} problem={problem} compact />}
      <Card>
        <Select
          label={text.language}
          value={preferences.language}
          options={LANGUAGES}
          texts={text.languages}
          choose={(language) => set({ language })}
        />
        <Select
          label={text.appearance}
          value={preferences.appearance}
          options={APPEARANCES}
          texts={text.appearances}
          choose={(appearance) => set({ appearance })}
        />
      </Card>
      <Card>
        <CheckField
          label={text.startAtLogin}
          hint={text.startAtLoginHint}
          checked={preferences.start_at_login}
          onChange={(start_at_login) => set({ start_at_login })}
        />
        <CheckField
          label={text.notifications}
          hint={text.notificationsHint}
          checked={preferences.notifications}
          onChange={(notifications) => set({ notifications })}
        />
        <CheckField
          label={text.closeToTray}
          hint={tray ? text.closeToTrayHint : text.noTray}
          checked={preferences.close_to_tray && tray}
          disabled={!tray}
          onChange={(close_to_tray) => set({ close_to_tray })}
        />
      </Card>
    </PageFrame>
  );
}

/** The preferences as they will be, with what the user changed and the desk has yet to confirm. */
function usePreferences(desk: Desk, kept: Preferences) {
  const [changed, setChanged] = useState<Preferences | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const latest = useRef(kept);
  const last = useRef<Promise<void>>(Promise.resolve());
  useEffect(() => {
    latest.current = kept;
    setChanged(null);
  }, [kept]);

  function set(change: Partial<Preferences>) {
    const wanted = { ...latest.current, ...change };
    latest.current = wanted;
    setChanged(wanted);
    setProblem(null);
    // One after the other, so that the last choice is the one that stays.
    last.current = last.current
      .then(() => desk.setPreferences(wanted))
      .catch((error: unknown) => {
        latest.current = kept;
        setChanged(null);
        setProblem(asProblem(error));
      });
  }
  return { preferences: changed ?? kept, problem, set };
}

function Card({ children }: { children: ComponentChildren }) {
  return <div class="panel stack">{children}</div>;
}

interface SelectProps<Option extends string> {
  label: string;
  value: Option;
  options: readonly Option[];
  texts: Record<Option, string>;
  choose(option: Option): void;
}

function Select<Option extends string>({ label, value, options, texts, choose }: SelectProps<Option>) {
  return (
    <Field label={label}>
      {(control) => (
        <select
          {...control}
          class="input"
          value={value}
          onChange={(event) => choose(event.currentTarget.value as Option)}
        >
          {options.map((option) => (
            <option key={option} value={option}>
              {texts[option]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
