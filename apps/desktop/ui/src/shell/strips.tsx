import { useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
import { Copy } from "../components/copy";
import { NoticeText } from "../components/notice";
import { isActive } from "../connection/phase";
import { ended } from "../format";
import { type PageProps, type Place, profileOf } from "../place";
import { useStrings } from "../strings";
import type { DaemonLink } from "../types";

type Missing = Extract<DaemonLink, { kind: "missing" }>;

/** Why the service cannot be spoken with, in its side's own words. */
function Reason({ daemon }: { daemon: Missing }) {
  return (
    <p class="foreign muted small" lang="en">
      {ended(daemon.problem.summary)}
    </p>
  );
}

/** What is told above every place. */
export function Strips({ desk, picture, place, go }: PageProps & { place: Place }) {
  const { shell, common } = useStrings();
  const { daemon, prompt, damaged, notices } = picture;
  const { connection } = picture.state;
  const [read, setRead] = useState<string[]>([]);
  return (
    <div class="strips">
      {daemon.kind === "missing" && daemon.problem.code === "not_permitted" && (
        <Banner tone="warning" title={shell.closed.title}>
          <p>{shell.closed.text}</p>
          <Reason daemon={daemon} />
        </Banner>
      )}
      {daemon.kind === "missing" && daemon.problem.code !== "not_permitted" && (
        <Banner tone="warning" title={shell.missing.title}>
          <p>{shell.missing.text}</p>
          <div class="command">
            <code>{daemon.start}</code>
            <Copy desk={desk} text={daemon.start}>
              {shell.missing.copy}
            </Copy>
          </div>
          <Reason daemon={daemon} />
          <p class="muted small">{shell.missing.waiting}</p>
        </Banner>
      )}
      {connection?.profile === "" && isActive(connection) && (
        <Banner tone="info" title={shell.otherUser.title}>
          <p>{shell.otherUser.text}</p>
        </Banner>
      )}
      {prompt !== null && (place.kind !== "profile" || profileOf(place) !== prompt.profile) && (
        <Banner
          tone="info"
          title={shell.waits(prompt.profile)}
          alert
          actions={
            <Button kind="primary" onClick={() => go({ kind: "profile", profile: prompt.profile })}>
              {common.show}
            </Button>
          }
        />
      )}
      {notices
        .filter((notice) => !read.includes(notice.text))
        .map((notice) => (
          <Banner
            key={notice.text}
            tone="info"
            actions={<Button kind="quiet" icon="close" label={common.close} onClick={() => setRead([...read, notice.text])} />}
          >
            <NoticeText notice={notice} />
          </Banner>
        ))}
      {damaged.length > 0 && (place.kind === "profile" || place.kind === "welcome") && (
        <Banner tone="warning" title={shell.damaged(damaged.length)}>
          <ul class="plain-list">
            {damaged.map(({ summary }) => (
              <li class="foreign" lang="en" key={summary}>
                {summary}
              </li>
            ))}
          </ul>
        </Banner>
      )}
    </div>
  );
}
