import { Button } from "../components/button";
import { useLock } from "../components/lock";
import { ProblemView } from "../components/problem";
import type { PageProps } from "../place";
import { useImport } from "../shell/import";
import { useStrings } from "../strings";
import type { Task } from "../task";
import type { Problem, StageReport } from "../types";
import { type Act, actFor } from "./acts";

interface FailedProps extends PageProps {
  profile: string;
  problem: Problem;
  stages: StageReport[];
  /** For the calls that come of it. */
  task: Task;
}

/** Why it failed, with the one act that is suggested. */
export function Failed({ profile, problem, stages, task, ...page }: FailedProps) {
  const { connection: texts } = useStrings();
  const { desk, go, picture } = page;
  const { begin } = useImport(page);
  const { unless } = useLock("change-profiles", page.ask);
  const act = actFor(problem.code);
  const here = picture.daemon.kind === "connected";
  const connect = () => void task.run(() => desk.connect(profile));

  function run(wanted: Act) {
    switch (wanted) {
      case "retry":
      case "sign_in":
        return connect();
      case "other_account":
        return void task.run(async () => {
          await desk.signOut({ kind: "profile", profile });
          await desk.connect(profile);
        });
      case "edit":
        return unless(() => go({ kind: "edit", profile }))();
      case "check":
      case "diagnose":
        return go({ kind: wanted, profile });
      case "log":
        return go({ kind: "logs" });
      case "import":
        return begin("files");
    }
  }

  const connects = act === "retry" || act === "sign_in" || act === "other_account";
  return (
    <ProblemView
      desk={desk}
      problem={problem}
      stages={stages}
      {...(act === null || (connects && !here)
        ? {}
        : { act: { label: texts.acts[act], run: () => run(act), busy: connects && task.busy } })}
      also={
        connects ? undefined : (
          <Button onClick={connect} busy={task.busy} disabled={!here}>
            {texts.tryAgain}
          </Button>
        )
      }
    />
  );
}
