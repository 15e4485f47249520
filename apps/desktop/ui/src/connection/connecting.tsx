import { Button } from "../components/button";
import { useStrings } from "../strings";
import type { Connection } from "../types";
import type { ConnectionProps } from "./detail";
import { Hero } from "./hero";
import { Elsewhere, PromptCard } from "./prompt";
import { StageList } from "./stages";

type ConnectingProps = Omit<ConnectionProps, "connection"> & { connection: Connection | null };

/** On the way: how far it has come, what waits for the user, and Cancel. */
export function Connecting({ connection, prompt, task, desk }: ConnectingProps) {
  const { connection: texts, phases } = useStrings();
  const phase = connection?.phase ?? "connecting";
  const closing = phase === "disconnecting";
  const cancel = () =>
    void task.run(async () => {
      if (prompt !== null) await desk.answer(prompt.id, { kind: "cancel" });
      if (connection !== null) await desk.disconnect();
    });
  return (
    <>
      <Hero
        phase={phase}
        waits={prompt !== null}
        title={phases[phase]}
        actions={
          closing ? undefined : (
            <Button onClick={cancel} busy={task.busy}>
              {texts.cancel}
            </Button>
          )
        }
      >
        <p class="muted">{closing ? texts.traffic.closing : texts.traffic.onTheWay}</p>
      </Hero>
      {prompt !== null && <PromptCard key={prompt.id} desk={desk} prompt={prompt} />}
      {prompt === null && connection?.sign_in && <Elsewhere progress={connection.sign_in} desk={desk} />}
      {!closing && <StageList reports={connection?.stages ?? []} />}
    </>
  );
}
