import { useStrings } from "../strings";
import type { Connection } from "../types";
import type { ConnectionProps } from "./detail";
import { End } from "./end";
import { Hero } from "./hero";
import { Elsewhere, PromptCard } from "./prompt";
import { StageList } from "./stages";

type ConnectingProps = Omit<ConnectionProps, "connection"> & { connection: Connection | null };

/** On the way: how far it has come, what waits for the user, and Cancel. */
export function Connecting({ connection, prompt, desk, ask }: ConnectingProps) {
  const { connection: texts, phases } = useStrings();
  const phase = connection?.phase ?? "connecting";
  const closing = phase === "disconnecting";
  return (
    <>
      <Hero
        phase={phase}
        waits={prompt !== null}
        title={phases[phase]}
        actions={
          closing ? undefined : (
            <End desk={desk} ask={ask} prompt={prompt} connected={connection !== null}>
              {texts.cancel}
            </End>
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
