import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { CheckField, Field } from "../components/field";
import { LockContact, useLocks } from "../components/lock";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import type { Desk } from "../desk";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { asProblem } from "../task";
import type { Appearance, ConnectAtLogin, Language, Preferences, Problem, SignInWay } from "../types";

const LANGUAGES: readonly Language[] = ["system", "english", "german"];
const APPEARANCES: readonly Appearance[] = ["system", "light", "dark"];
const WAYS: readonly SignInWay[] = ["auto", "browser", "device_code"];

/** The user's choices for all connections and the window; each holds as soon as it is made. */
export function SettingsPage({ desk, picture }: PageProps) {
  const text = useStrings().pages.settings;
  const { tray } = picture;
  const { preferences, problem, set } = usePreferences(desk, picture.preferences);
  const locks = useLocks();
  const locked = (key: string) => locks.settings.includes(key);

  return (
    <PageFrame title={text.title}>
      {problem && <ProblemView desk={desk} problem={problem} compact />}
      {locks.settings.length > 0 && <LockContact />}
      <Card>
        <Select
          label={text.signIn}
          hint={text.signInHints[preferences.sign_in]}
          locked={locked("sign-in")}
          value={preferences.sign_in}
          options={WAYS}
          texts={text.ways}
          choose={(sign_in) => set({ sign_in })}
        />
        <AtLogin
          value={preferences.connect_at_login}
          profiles={picture.profiles.map(({ name }) => name)}
          locked={locked("connect-at-login")}
          choose={(connect_at_login) => set({ connect_at_login })}
        />
        <CheckField
          label={text.lockdown}
          hint={text.lockdownHint}
          locked={locked("lockdown")}
          checked={preferences.lockdown}
          onChange={(lockdown) => set({ lockdown })}
        />
      </Card>
      <Card>
        <Select
          label={text.language}
          locked={locked("language")}
          value={preferences.language}
          options={LANGUAGES}
          texts={text.languages}
          choose={(language) => set({ language })}
        />
        <Select
          label={text.appearance}
          locked={locked("appearance")}
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
          locked={locked("start-at-login")}
          checked={preferences.start_at_login}
          onChange={(start_at_login) => set({ start_at_login })}
        />
        <CheckField
          label={text.notifications}
          hint={text.notificationsHint}
          locked={locked("notifications")}
          checked={preferences.notifications}
          onChange={(notifications) => set({ notifications })}
        />
        <CheckField
          label={text.closeToTray}
          hint={tray ? text.closeToTrayHint : text.noTray}
          checked={preferences.close_to_tray && tray}
          disabled={!tray}
          locked={tray && locked("close-to-tray")}
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

interface AtLoginProps {
  value: ConnectAtLogin;
  /** The names of those there are. */
  profiles: readonly string[];
  locked: boolean;
  choose(value: ConnectAtLogin): void;
}

/** Before the names of profiles, which may be any words. */
const NAMED = "profile:";

/** What is connected when the user's session begins. */
function AtLogin({ value, profiles, locked, choose }: AtLoginProps) {
  const text = useStrings().pages.settings;
  const chosen = typeof value === "string" ? value : NAMED + value.profile;
  // One that is gone is still what was chosen.
  const gone = typeof value !== "string" && !profiles.includes(value.profile) ? [value.profile] : [];
  const named = [...profiles, ...gone].map((name) => NAMED + name);
  const options = ["off", "last", ...named];
  const texts = Object.fromEntries([...named.map((option) => [option, option.slice(NAMED.length)]), ...Object.entries(text.atLogin)]);
  return (
    <Select
      label={text.connectAtLogin}
      hint={chosen === "off" ? undefined : text.connectAtLoginHint}
      locked={locked}
      value={chosen}
      options={options}
      texts={texts}
      choose={(option) =>
        choose(option === "off" || option === "last" ? option : { profile: option.slice(NAMED.length) })
      }
    />
  );
}

interface SelectProps<Option extends string> {
  label: string;
  hint?: string | undefined;
  locked: boolean;
  value: Option;
  options: readonly Option[];
  texts: Record<Option, string>;
  choose(option: Option): void;
}

function Select<Option extends string>({ label, hint, locked, value, options, texts, choose }: SelectProps<Option>) {
  return (
    <Field label={label} hint={hint} locked={locked}>
      {(control) => (
        <select
          {...control}
          disabled={locked}
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
