import { Icon, type IconName } from "../components/icon";
import { useStrings } from "../strings";
import type { Finding, Severity } from "../types";

const ICONS: Record<Severity, IconName> = { info: "info", repaired: "check", warning: "alert" };

/** What was found in a profile. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const { severity } = useStrings().profiles;
  return (
    <ul class="plain-list findings">
      {findings.map((finding, at) => (
        <li key={`${finding.code} ${finding.element} ${at}`} class={`finding finding-${finding.severity}`}>
          <Icon name={ICONS[finding.severity]} />
          <div>
            <span class="unseen">{severity[finding.severity]}: </span>
            <FindingText finding={finding} />
          </div>
        </li>
      ))}
    </ul>
  );
}

/** A finding in the user's language, and what the reader of the file says in its own. */
export function FindingText({ finding }: { finding: Finding }) {
  const { findings } = useStrings();
  const said = `${finding.message} ${fixOf(finding)}`.trim();
  if (findings === null) {
    return <p class="foreign">{said}</p>;
  }
  return (
    <>
      <p>{findings[finding.code]}</p>
      <p class="foreign muted small" lang="en">
        {said}
      </p>
    </>
  );
}

/** What to do about it, but for what has to be typed on a command line. */
function fixOf({ fix }: Finding): string {
  return /: spoke /.test(fix) ? "" : fix;
}
