import { useLock } from "../components/lock";
import { Menu, type MenuItem } from "../components/menu";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { asProblem, type Task, useTask } from "../task";
import type { Connection, UserPrompt } from "../types";
import { Connected } from "./connected";
import { Connecting } from "./connecting";
import { Disconnected } from "./disconnected";
import type { Asked } from "./explain";
import type { History } from "./history";
import type { LastResults } from "./last";
import { isActive } from "./phase";
import type { Renewal } from "./renewal";
import { Waiting } from "./waiting";

/** What the window remembers of connections. */
export interface Memory {
  history: History;
  last: LastResults;
  renewal: Renewal;
  asked: Asked;
}

/** What every view of a connection is given. */
export interface ConnectionProps extends PageProps {
  profile: string;
  connection: Connection;
  prompt: UserPrompt | null;
  memory: Memory;
  task: Task;
}

interface ProfileDetailProps extends PageProps {
  profile: string;
  memory: Memory;
}

/** A profile and what there is of its connection. */
export function ProfileDetail({ profile, memory, ...page }: ProfileDetailProps) {
  const { desk, picture } = page;
  const task = useTask();
  const stored = picture.profiles.find(({ name }) => name === profile);
  const own = picture.state.connection?.profile === profile ? picture.state.connection : null;
  const prompt = picture.prompt?.profile === profile ? picture.prompt : null;
  return (
    <PageFrame
      title={profile}
      lead={stored?.server}
      tools={stored && <ProfileMenu {...page} profile={profile} fixed={stored.beyond_form} />}
    >
      {task.problem !== null && task.problem.summary !== own?.problem?.summary && <ProblemView desk={desk} problem={task.problem} compact />}
      <Shown {...page} profile={profile} connection={own} prompt={prompt} memory={memory} task={task} />
    </PageFrame>
  );
}

function Shown({ connection, ...view }: Omit<ConnectionProps, "connection"> & { connection: Connection | null }) {
  if (view.prompt === null && !isActive(connection)) {
    return <Disconnected {...view} connection={connection} />;
  }
  if (connection === null) return <Connecting {...view} connection={null} />;
  switch (connection.phase) {
    case "connected":
      return <Connected {...view} connection={connection} />;
    case "reconnecting":
    case "paused":
    case "blocked":
      return <Waiting {...view} connection={connection} />;
    default:
      return <Connecting {...view} connection={connection} />;
  }
}

interface ProfileMenuProps extends PageProps {
  profile: string;
  /** Its fields are beyond the form. */
  fixed: boolean;
}

function ProfileMenu({ desk, go, ask, profile, fixed }: ProfileMenuProps) {
  const { connection: texts, common } = useStrings();
  const { icon, unless } = useLock("change-profiles", ask);
  const duplicate = () =>
    desk.duplicate(profile).then(
      (copy) => go({ kind: "profile", profile: copy }),
      (error: unknown) => ask({ kind: "problem", problem: asProblem(error) }),
    );
  const items: MenuItem[] = [
    { label: texts.menu.edit, icon: icon("edit"), disabled: fixed, run: unless(() => go({ kind: "edit", profile })) },
    { label: texts.menu.rename, icon: icon("rename"), run: unless(() => ask({ kind: "rename", profile })) },
    { label: texts.menu.duplicate, icon: icon("copy"), run: unless(() => void duplicate()) },
    { label: texts.menu.export, icon: "external", run: () => ask({ kind: "export", profile }) },
    { label: texts.menu.check, icon: "check", apart: true, run: () => go({ kind: "check", profile }) },
    { label: texts.menu.diagnose, icon: "diagnose", run: () => go({ kind: "diagnose", profile }) },
    { label: texts.menu.remove, icon: "remove", apart: true, danger: true, run: () => ask({ kind: "remove", profile }) },
  ];
  return <Menu label={common.more} icon="more" kind="quiet" align="end" items={items} />;
}
