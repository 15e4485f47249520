import { useEffect, useId, useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { CheckField } from "../components/field";
import { useForbidden } from "../components/lock";
import { ProblemView } from "../components/problem";
import type { DialogProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { ExportFormat } from "../types";
import { useFieldName } from "./profile_rows";

const ENDINGS: Record<ExportFormat, string> = { azure: ".xml", spoke: ".spoke.json" };

/** Writes a profile to a file, without its secret unless that is asked for. */
export function ExportDialog({ desk, profile, close }: DialogProps & { profile: string }) {
  const { common, profiles } = useStrings();
  const text = profiles.export;
  const fieldName = useFieldName();
  const [format, setFormat] = useState<ExportFormat>("azure");
  const [withSecret, setWithSecret] = useState(false);
  const [lost, setLost] = useState<readonly string[]>([]);
  const [written, setWritten] = useState<string | null>(null);
  const locked = useForbidden("show-secrets");
  const task = useTask();

  useEffect(() => {
    desk.profile(profile).then(
      ({ lost_in_azure }) => setLost(lost_in_azure),
      // Exporting itself says what is wrong with the profile.
      () => undefined,
    );
  }, [desk, profile]);

  function write() {
    void task.run(async () => {
      const path = await desk.chooseExport(text.chooseTitle, fileName(profile, format));
      if (path === null) return;
      await desk.exportProfile({ profile, path, format, with_secret: withSecret && !locked });
      setWritten(path);
    });
  }

  if (written !== null) {
    return (
      <Dialog
        key="written"
        title={text.title(profile)}
        onClose={close}
        onSubmit={close}
        actions={
          <Button kind="primary" submit first>
            {common.close}
          </Button>
        }
      >
        <p role="status" class="selectable">
          {text.done(written)}
        </p>
      </Dialog>
    );
  }
  return (
    <Dialog
      key="asking"
      title={text.title(profile)}
      onClose={close}
      onSubmit={write}
      actions={
        <>
          <Button onClick={close}>{common.cancel}</Button>
          <Button kind="primary" submit busy={task.busy}>
            {text.choose}
          </Button>
        </>
      }
    >
      <Formats format={format} choose={setFormat} />
      {format === "azure" && lost.length > 0 && (
        <Banner tone="warning" title={text.lost}>
          <ul class="plain-list">
            {lost.map((key) => (
              <li key={key}>{fieldName(key)}</li>
            ))}
          </ul>
        </Banner>
      )}
      <CheckField label={text.secret} hint={text.secretHint} checked={withSecret && !locked} locked={locked} onChange={setWithSecret} />
      <div role="status">{withSecret && !locked && <Banner tone="warning">{text.secretWarning}</Banner>}</div>
      {task.problem && <ProblemView desk={desk} problem={task.problem} compact />}
    </Dialog>
  );
}

function Formats({ format, choose }: { format: ExportFormat; choose(format: ExportFormat): void }) {
  const text = useStrings().profiles.export;
  const group = useId();
  const option = (one: ExportFormat, label: string, hint: string) => (
    <label class="radio">
      <input
        type="radio"
        name={group}
        checked={format === one}
        data-first={one === "azure" ? "" : undefined}
        onChange={() => choose(one)}
      />
      <span>
        {label}
        <span class="field-hint block">{hint}</span>
      </span>
    </label>
  );
  return (
    <fieldset class="choice-set">
      <legend>{text.format}</legend>
      {option("azure", text.azure, text.azureHint)}
      {option("spoke", text.spoke, text.spokeHint)}
    </fieldset>
  );
}

/** A name for the file that every file system takes and that does not hide it. */
export function fileName(profile: string, format: ExportFormat): string {
  const safe = profile.replace(/[\u0000-\u001f/\\:*?"<>|]/g, "-").replace(/^\.+/, "");
  return `${safe === "" ? "profile" : safe}${ENDINGS[format]}`;
}
