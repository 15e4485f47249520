import { Button } from "../components/button";
import { PageFrame } from "../components/page";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { ProbeView, useProbe } from "./probe";

/** Tries a stored profile's gateway stage by stage. */
export function DiagnosePage({ desk, go, profile }: PageProps & { profile: string }) {
  const { common, pages, profiles } = useStrings();
  const text = pages.diagnose;
  const probe = useProbe();
  const started = probe.busy || probe.report !== null || probe.problem !== null;

  return (
    <PageFrame
      title={text.title(profile)}
      lead={text.hint}
      actions={
        <>
          <Button onClick={() => go({ kind: "profile", profile })}>{common.back}</Button>
          <Button
            kind="primary"
            icon="diagnose"
            busy={probe.busy}
            onClick={() => void probe.run(async () => desk.probeForm((await desk.profile(profile)).form, profile))}
          >
            {started ? profiles.probe.again : text.start}
          </Button>
        </>
      }
    >
      <ProbeView probe={probe} desk={desk} />
    </PageFrame>
  );
}
