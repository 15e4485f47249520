import { useEffect, useState } from "preact/hooks";
import { Banner } from "../components/banner";
import { Copy } from "../components/copy";
import { Logo } from "../components/icon";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import { Group, Rows } from "../components/rows";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { About } from "../types";

/** Versions, where things are kept, and the licence. */
export function AboutPage({ desk }: PageProps) {
  const text = useStrings().pages.about;
  const [about, setAbout] = useState<About | null>(null);
  const { run, problem } = useTask();
  useEffect(() => void run(async () => setAbout(await desk.about())), [run, desk]);

  return (
    <PageFrame title={text.title} lead={text.summary} tools={<Logo />}>
      {problem && <ProblemView desk={desk} problem={problem} compact />}
      {about && (
        <>
          <Group
            title={text.versions}
            tools={
              <Copy desk={desk} text={`Spoke ${about.version}\n${text.service} ${about.daemon ?? text.serviceMissing}`} kind="quiet">
                {text.copy}
              </Copy>
            }
          >
            <Rows
              rows={[
                [text.window, about.version],
                [text.service, about.daemon ?? text.serviceMissing],
              ]}
            />
            {about.daemon !== null && about.daemon !== about.version && (
              <Banner tone="warning">{text.serviceOther(about.version, about.daemon)}</Banner>
            )}
          </Group>
          <Group title={text.kept}>
            <Rows
              rows={[
                [text.profiles, about.profiles],
                [text.signIns, about.keyring],
                [text.socket, about.socket],
              ]}
            />
          </Group>
        </>
      )}
      <Group title={text.licence}>
        <p>{text.licenceText}</p>
      </Group>
    </PageFrame>
  );
}
