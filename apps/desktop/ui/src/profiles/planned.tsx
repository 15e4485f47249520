import { useId } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
import { CheckField, TextField } from "../components/field";
import { useStrings } from "../strings";
import type { FindingCode, PlannedProfile } from "../types";
import { FindingText, Findings } from "./findings";
import { isSame, type Draft, type DraftFault } from "./import_state";
import { Differences, ProfileRows, useFieldName } from "./profile_rows";
import { SecretInput } from "./secret_field";

interface PlannedProps {
  profile: PlannedProfile;
  draft: Draft;
  fault: DraftFault | null;
  /** It is one of several, to be chosen from. */
  several: boolean;
  change(draft: Partial<Draft>): void;
}

/** One profile of a plan: what it says, and what is to be decided about it. */
export function Planned({ profile, draft, fault, several, change }: PlannedProps) {
  const text = useStrings().profiles.import;
  const same = isSame(profile);
  return (
    <section class={several ? "planned planned-several" : "planned"} aria-label={profile.name}>
      {several ? (
        <CheckField
          label={<span class="planned-name selectable">{profile.name}</span>}
          checked={draft.selected}
          onChange={(selected) => change({ selected })}
          hint={profile.path}
        />
      ) : (
        <p class="planned-name selectable">{profile.name}</p>
      )}
      {same && !draft.selected && <Banner tone="info">{text.same(profile.name)}</Banner>}
      {draft.selected && (
        <>
          <Trust profile={profile} draft={draft} change={change} />
          <Clash profile={profile} draft={draft} fault={fault} change={change} />
          {profile.clash === null && (fault === "name_taken" || fault === "name_missing" || draft.newName !== profile.name) && (
            <NameField draft={draft} fault={fault} change={change} />
          )}
          <Repairs profile={profile} draft={draft} change={change} />
          {profile.findings.length > 0 && <Findings findings={profile.findings} />}
          <Secrets profile={profile} draft={draft} change={change} />
          {profile.needs_file_password && <Banner tone="info">{text.filePassword}</Banner>}
        </>
      )}
      {several ? (
        <details class="details">
          <summary>{text.fields}</summary>
          <div class="stack">
            <ProfileRows groups={profile.groups} />
          </div>
        </details>
      ) : (
        <ProfileRows groups={profile.groups} />
      )}
    </section>
  );
}

/** A sign-in host that is not Microsoft's is trusted by an act of its own. */
function Trust({ profile, draft, change }: Pick<PlannedProps, "profile" | "draft" | "change">) {
  const text = useStrings().profiles.import;
  const host = profile.untrusted_authority;
  if (host === null) {
    return null;
  }
  return (
    <Banner tone="warning" title={text.untrustedTitle}>
      <p>{text.untrusted(host)}</p>
      <CheckField
        label={text.trust(host)}
        checked={draft.trusted}
        onChange={(trusted) => change({ trusted })}
        hint={draft.trusted ? undefined : text.trustFirst(host)}
      />
    </Banner>
  );
}

/** What the file lacks or brings that is to be kept secret. */
function Secrets({ profile, draft, change }: Pick<PlannedProps, "profile" | "draft" | "change">) {
  const text = useStrings().profiles.import;
  return (
    <>
      {profile.needs_secret && (
        <Banner tone="info" title={text.secretTitle}>
          <p>{text.secret}</p>
          <SecretInput secret={draft.secret} onInput={(secret) => change({ secret })} />
        </Banner>
      )}
      {profile.has_password && (
        <CheckField
          label={text.keepPassword}
          hint={text.keepPasswordHint}
          checked={draft.keepPassword}
          onChange={(keepPassword) => change({ keepPassword })}
        />
      )}
    </>
  );
}

function Clash({ profile, draft, fault, change }: Omit<PlannedProps, "several">) {
  const text = useStrings().profiles.import;
  const group = useId();
  if (profile.clash === null) {
    return null;
  }
  const option = (clash: Draft["clash"], label: string) => (
    <label class="radio">
      <input type="radio" name={group} checked={draft.clash === clash} onChange={() => change({ clash })} />
      <span>{label}</span>
    </label>
  );
  return (
    <Banner tone="warning">
      <fieldset class="choice-set">
        <legend class="banner-title">{text.clash(profile.name)}</legend>
        {option("keep_both", text.keepBoth)}
        {draft.clash === "keep_both" && (
          <div class="indent">
            <NameField draft={draft} fault={fault} change={change} />
          </div>
        )}
        {option("replace", text.replace)}
      </fieldset>
      {profile.clash.length > 0 && (
        <>
          <p class="muted">{text.clashHint}</p>
          <Differences differences={profile.clash} />
        </>
      )}
    </Banner>
  );
}

function NameField({ draft, fault, change }: Pick<PlannedProps, "draft" | "fault" | "change">) {
  const text = useStrings().profiles.import;
  const faults: Partial<Record<DraftFault, string>> = { name_missing: text.nameMissing, name_taken: text.nameTaken };
  return (
    <TextField
      label={text.keepBothName}
      value={draft.newName}
      onInput={(newName) => change({ newName })}
      fault={fault === null ? undefined : faults[fault]}
    />
  );
}

/** Repairs that only write the same thing in its usual way. */
const SPELLING: ReadonlySet<FindingCode> = new Set([
  "encoding-mismatch",
  "mdm-wrapper",
  "name-trimmed",
  "host-trimmed",
  "host-encoded",
  "secret-reformatted",
  "thumbprint-reformatted",
  "auth-synonym",
  "audience-trimmed",
  "suffix-normalised",
  "suffix-typo",
  "mask-style",
]);

function Repairs({ profile, draft, change }: Pick<PlannedProps, "profile" | "draft" | "change">) {
  const text = useStrings().profiles.import;
  const fieldName = useFieldName();
  if (profile.repairs.length === 0) {
    return null;
  }
  function toggle(at: number) {
    const undo = new Set(draft.undo);
    if (!undo.delete(at)) undo.add(at);
    change({ undo });
  }
  return (
    <Banner tone="good" title={text.repairs(profile.repairs.length)}>
      <p class="muted">{text.repairsHint}</p>
      <ul class="plain-list repairs">
        {profile.repairs.map(({ finding, original }, at) => {
          const undone = draft.undo.has(at);
          const act = undone ? text.redo : text.undo;
          return (
            <li key={`${finding.code} ${finding.element} ${at}`} class="repair">
              <div class="repair-text">
                <FindingText finding={finding} />
                {original && <p class="selectable muted small">{text.original(original[1])}</p>}
                {undone && <p class="strong small">{text.undone}</p>}
                {!original && <p class="muted small">{SPELLING.has(finding.code) ? text.spelling : text.editLater}</p>}
              </div>
              {original && (
                <Button label={`${act}: ${fieldName(original[0])}`} onClick={() => toggle(at)}>
                  {act}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Banner>
  );
}
