import type { ComponentChildren } from "preact";
import { CheckField, Field } from "../components/field";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { Appearance, Language, Preferences } from "../types";

const LANGUAGES: readonly Language[] = ["system", "english", "german"];
const APPEARANCES: readonly Appearance[] = ["system", "light", "dark"];

/** The user's choices for the window; each holds as soon as it is made. */
export function SettingsPage({ desk, picture }: PageProps) {
  const text = useStrings().pages.settings;
  const task = useTask();
  const { preferences, tray } = picture;
  const set = (change: Partial<Preferences>) => void task.run(() => desk.setPreferences({ ...preferences, ...change }));

  return (
    <PageFrame title={text.title}>
      {task.problem && <ProblemView desk={desk} problem={task.problem} compact />}
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

function Card({ children }: { children: ComponentChildren }) {
  return <div class="card stack">{children}</div>;
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
