import { useCallback, useEffect, useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
import { useLock } from "../components/lock";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import { Group } from "../components/rows";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { Finding, ProfileDetail } from "../types";
import { Findings } from "./findings";
import { ProfileRows } from "./profile_rows";

/** What is worth knowing about a stored profile, and all that it says. */
export function CheckPage({ desk, go, ask, profile }: PageProps & { profile: string }) {
  const { common, profiles } = useStrings();
  const text = profiles.check;
  const { icon, locked, unless } = useLock("change-profiles", ask);
  const [detail, setDetail] = useState<ProfileDetail | null>(null);
  const [repaired, setRepaired] = useState(false);
  const { run, problem, busy } = useTask();
  const read = useCallback(async () => setDetail(await desk.profile(profile)), [desk, profile]);
  useEffect(() => void run(read), [run, read]);

  const findings = detail?.findings ?? [];
  const of = (severity: Finding["severity"]) => findings.filter((finding) => finding.severity === severity);
  const editable = detail !== null && !detail.summary.beyond_form;

  function repair() {
    void run(async () => {
      await desk.repair(profile);
      await read();
      setRepaired(true);
    });
  }

  return (
    <PageFrame
      title={text.title(profile)}
      actions={
        <>
          <Button onClick={() => go({ kind: "profile", profile })}>{common.back}</Button>
          {editable && (
            <Button icon={icon("edit")} onClick={unless(() => go({ kind: "edit", profile }))}>
              {text.edit}
            </Button>
          )}
          {of("repaired").length > 0 && (
            <Button kind="primary" icon={locked ? "lock" : undefined} busy={busy} onClick={unless(repair)}>
              {text.repair}
            </Button>
          )}
        </>
      }
    >
      <div role="status">
        {repaired ? (
          <Banner tone="good">{text.repaired}</Banner>
        ) : (
          detail !== null && of("repaired").length + of("warning").length === 0 && <Banner tone="good">{text.fine}</Banner>
        )}
      </div>
      {problem && <ProblemView desk={desk} problem={problem} />}
      <Found title={text.repairs} findings={of("repaired")} />
      <Found title={text.warnings} findings={of("warning")} />
      <Found title={text.infos} findings={of("info")} />
      {detail && <ProfileRows groups={detail.groups} />}
    </PageFrame>
  );
}

function Found({ title, findings }: { title: string; findings: readonly Finding[] }) {
  return findings.length === 0 ? null : (
    <Group title={title}>
      <Findings findings={findings} />
    </Group>
  );
}
