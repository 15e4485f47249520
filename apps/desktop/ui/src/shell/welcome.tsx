import type { ComponentChildren } from "preact";
import { Icon, type IconName, Logo } from "../components/icon";
import { LockNote, useLock } from "../components/lock";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { useImport } from "./import";

/** The first thing anybody sees: how to begin. */
export function Welcome(page: PageProps) {
  const { welcome } = useStrings().shell;
  const { begin } = useImport(page);
  const lock = useLock("change-profiles", page.ask);
  const hint = (usual: string) => (lock.locked ? <LockNote /> : usual);
  return (
    <div class="welcome">
      <Logo />
      <h1 tabIndex={-1}>{welcome.title}</h1>
      <p class="welcome-lead">{welcome.lead}</p>
      <div class="choices">
        <Choice icon="import" title={welcome.import} hint={hint(welcome.importHint)} run={() => begin("files")} primary />
        <Choice icon="add" title={welcome.add} hint={hint(welcome.addHint)} run={lock.unless(() => page.go({ kind: "add" }))} />
        <Choice icon="folder" title={welcome.find} hint={hint(welcome.findHint)} run={() => begin("azure")} />
      </div>
      <div class="welcome-note">
        <Icon name="shield" />
        <div>
          <h2>{welcome.installedTitle}</h2>
          <p>{welcome.installed}</p>
        </div>
      </div>
    </div>
  );
}

interface ChoiceProps {
  icon: IconName;
  title: string;
  hint: ComponentChildren;
  primary?: boolean;
  run(): void;
}

function Choice({ icon, title, hint, primary = false, run }: ChoiceProps) {
  return (
    <button type="button" class={primary ? "choice choice-primary" : "choice"} onClick={run} data-first={primary ? "" : undefined}>
      <Icon name={icon} />
      <span class="choice-text">
        <span class="choice-title">{title}</span>
        <span class="choice-hint">{hint}</span>
      </span>
    </button>
  );
}
