import { Button } from "../components/button";
import { Happened } from "../components/problem";
import { useNow } from "../now";
import { useStrings } from "../strings";
import type { ConnectionProps } from "./detail";
import { End } from "./end";
import { Hero } from "./hero";
import { PromptCard } from "./prompt";
import { StageList } from "./stages";

/** It was connected and is to be again: why it is not, when it goes on, what traffic does meanwhile. */
export function Waiting({ connection, prompt, desk, ask, task }: ConnectionProps) {
  const { connection: texts, phases, problems } = useStrings();
  const { phase, problem, stages } = connection;
  const trying = connection.next_try === null && stages.some(({ status }) => status === "running");
  return (
    <>
      <Hero
        phase={phase}
        waits={prompt !== null}
        title={phases[phase]}
        actions={
          <>
            <Button kind="primary" first onClick={() => void task.run(() => desk.retryNow())} busy={task.busy}>
              {texts.retryNow}
            </Button>
            <End desk={desk} ask={ask} prompt={prompt}>
              {texts.disconnect}
            </End>
          </>
        }
      >
        <p class="muted">{texts.traffic.meanwhile}</p>
        {phase === "blocked" && <p class="muted">{texts.blocked}</p>}
        {(trying || connection.next_try !== null) && <NextTry at={connection.next_try} />}
      </Hero>
      {prompt !== null && <PromptCard key={prompt.id} desk={desk} prompt={prompt} />}
      {problem !== null && (
        <section class="card" aria-label={texts.why}>
          <h3>{problems.codes[problem.code].title}</h3>
          <Happened problem={problem} />
        </section>
      )}
      {trying && <StageList reports={stages} />}
    </>
  );
}

/** When the next attempt begins, counted down while somebody can see it. */
function NextTry({ at }: { at: number | null }) {
  const { connection: texts } = useStrings();
  const now = useNow(at === null ? null : 1000);
  return <p class="next-try">{at === null ? texts.trying : texts.nextTry(Math.ceil(at - now / 1000))}</p>;
}
