import { useEffect, useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
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
export function CheckPage({ desk, go, profile }: PageProps & { profile: string }) {
  const { common, profiles } = useStrings();
  const text = profiles.check;
  const [detail, setDetail] = useState<ProfileDetail | null>(null);
  const { run, problem } = useTask();
  useEffect(() => void run(async () => setDetail(await desk.profile(profile))), [run, desk, profile]);

  const findings = detail?.findings ?? [];
  const of = (severity: Finding["severity"]) => findings.filter((finding) => finding.severity === severity);
  const editable = detail !== null && !detail.summary.beyond_form;

  return (
    <PageFrame
      title={text.title(profile)}
      actions={
        <>
          <Button onClick={() => go({ kind: "profile", profile })}>{common.back}</Button>
          {editable && (
            <Button icon="edit" onClick={() => go({ kind: "edit", profile })}>
              {text.edit}
            </Button>
          )}
        </>
      }
    >
      <div role="status">
        {detail !== null && of("repaired").length + of("warning").length === 0 && (
          <Banner tone="good">{text.fine}</Banner>
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
