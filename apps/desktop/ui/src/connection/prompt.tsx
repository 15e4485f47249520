import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon, type IconName } from "../components/icon";
import { ProblemView } from "../components/problem";
import type { Desk } from "../desk";
import { useStrings } from "../strings";
import { type Task, useTask } from "../task";
import type { Answer, SignInProgress, UserPrompt } from "../types";
import { BrowserPrompt, DeviceCode, DevicePrompt, PagePrompt } from "./prompt_pages";
import { FilePasswordPrompt, PasswordPrompt, QuestionPrompt, TokenFilePrompt } from "./prompt_forms";

/** What each prompt is given. */
export interface PromptProps {
  desk: Desk;
  id: number;
  task: Task;
  answer(answer: Answer): void;
}

/** Where something waits for the user. */
export function PromptCard({ desk, prompt }: { desk: Desk; prompt: UserPrompt }) {
  const task = useTask();
  const given: PromptProps = {
    desk,
    id: prompt.id,
    task,
    answer: (answer) => void task.run(() => desk.answer(prompt.id, answer)),
  };
  return (
    <>
      <PromptOf {...given} kind={prompt.kind} />
      {task.problem !== null && <ProblemView desk={desk} problem={task.problem} compact />}
    </>
  );
}

function PromptOf({ kind, ...given }: PromptProps & { kind: UserPrompt["kind"] }) {
  switch (kind.kind) {
    case "browser":
      return <BrowserPrompt {...given} url={kind.url} notOpened={kind.not_opened} />;
    case "device_code":
      return <DevicePrompt {...given} url={kind.url} code={kind.code} validUntil={kind.valid_until} />;
    case "page":
      return <PagePrompt {...given} url={kind.url} />;
    case "password":
      return <PasswordPrompt {...given} username={kind.username} canRemember={kind.can_remember} proxy={kind.proxy} />;
    case "question":
      return <QuestionPrompt {...given} text={kind.text} echo={kind.echo} />;
    case "file_password":
      return <FilePasswordPrompt {...given} file={kind.file} again={kind.again} />;
    case "token_file":
      return <TokenFilePrompt {...given} path={kind.path} />;
  }
}

/** A sign-in that another program of the user's has in hand. */
export function Elsewhere({ progress, desk }: { progress: SignInProgress; desk: Desk }) {
  const { connection: texts } = useStrings();
  if (progress.type === "device_code") {
    return (
      <Card icon="phone" title={texts.device.title}>
        <DeviceCode desk={desk} url={progress.url} code={progress.code} />
      </Card>
    );
  }
  return (
    <Card icon="key" title={texts.elsewhere.title}>
      <p>{texts.elsewhere.text}</p>
    </Card>
  );
}

interface CardProps {
  icon: IconName;
  title: string;
  children: ComponentChildren;
  actions?: ComponentChildren;
  onSubmit?(): void;
}

/** A question to the user. When it appears its first control has the focus, unless the user is at something else. */
export function Card({ icon, title, children, actions, onSubmit }: CardProps) {
  const form = useRef<HTMLFormElement>(null);
  const heading = useId();
  useEffect(() => {
    if (document.activeElement?.closest("dialog, input, [role=listbox], [role=menu]")) return;
    form.current?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, []);
  return (
    <form
      ref={form}
      class="card"
      aria-labelledby={heading}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit?.();
      }}
    >
      <div class="card-head">
        <Icon name={icon} />
        <h3 id={heading}>{title}</h3>
      </div>
      {children}
      {actions !== undefined && <div class="actions">{actions}</div>}
    </form>
  );
}
