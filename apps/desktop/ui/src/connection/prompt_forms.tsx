import { useState } from "preact/hooks";
import { Button } from "../components/button";
import { CheckField, TextField } from "../components/field";
import { useStrings } from "../strings";
import { Card, type PromptProps } from "./prompt";

interface Password {
  username: string | null;
  canRemember: boolean;
  /** Host and port of the proxy that wants them; null when the gateway does. */
  proxy: string | null;
}

/** User name and password. What was typed is let go as soon as it was handed on. */
export function PasswordPrompt({ answer, task, username, canRemember, proxy }: PromptProps & Password) {
  const { password: texts } = useStrings().connection;
  const [name, setName] = useState(username ?? "");
  const [password, setPassword] = useState("");
  const [remember, setRemember] = useState(false);
  const [missing, setMissing] = useState(false);
  function submit() {
    if (name.trim() === "") return setMissing(true);
    answer({ kind: "password", username: name, password, remember });
    setPassword("");
  }
  return (
    <Card
      icon="key"
      title={texts.title}
      onSubmit={submit}
      actions={
        <Button kind="primary" submit busy={task.busy}>
          {texts.go}
        </Button>
      }
    >
      <p class="muted">{proxy === null ? texts.text : texts.proxy(proxy)}</p>
      <TextField
        label={texts.username}
        value={name}
        onInput={(value) => {
          setName(value);
          setMissing(false);
        }}
        fault={missing ? texts.missing : ""}
        first={username === null}
      />
      <TextField label={texts.password} type="password" value={password} onInput={setPassword} first={username !== null} />
      {canRemember && <CheckField label={texts.remember} checked={remember} onChange={setRemember} />}
    </Card>
  );
}

/** A question of the gateway's. */
export function QuestionPrompt({ answer, task, text, echo }: PromptProps & { text: string; echo: boolean }) {
  const { question } = useStrings().connection;
  const [typed, setTyped] = useState("");
  return (
    <Card
      icon="info"
      title={question.title}
      onSubmit={() => {
        answer({ kind: "text", text: typed });
        setTyped("");
      }}
      actions={
        <Button kind="primary" submit busy={task.busy}>
          {question.go}
        </Button>
      }
    >
      <p class="foreign">{text}</p>
      <TextField label={question.label} type={echo ? "text" : "password"} value={typed} onInput={setTyped} first />
    </Card>
  );
}

/** The password of a file with a private key. */
export function FilePasswordPrompt({ answer, task, file, again }: PromptProps & { file: string; again: boolean }) {
  const { filePassword } = useStrings().connection;
  const [typed, setTyped] = useState("");
  return (
    <Card
      icon="key"
      title={filePassword.title}
      onSubmit={() => {
        answer({ kind: "text", text: typed });
        setTyped("");
      }}
      actions={
        <Button kind="primary" submit busy={task.busy}>
          {filePassword.go}
        </Button>
      }
    >
      <p class="foreign">{filePassword.text(file)}</p>
      <TextField
        label={filePassword.label}
        type="password"
        value={typed}
        onInput={setTyped}
        fault={again && typed === "" ? filePassword.again : ""}
        first
      />
    </Card>
  );
}

/** There is no keyring. */
export function TokenFilePrompt({ answer, task, path }: PromptProps & { path: string }) {
  const { tokenFile } = useStrings().connection;
  return (
    <Card
      icon="key"
      title={tokenFile.title}
      actions={
        <>
          <Button first onClick={() => answer({ kind: "no" })} busy={task.busy}>
            {tokenFile.no}
          </Button>
          <Button onClick={() => answer({ kind: "yes" })} busy={task.busy}>
            {tokenFile.yes}
          </Button>
        </>
      }
    >
      <p>{tokenFile.text}</p>
      <dl class="facts">
        <dt>{tokenFile.file}</dt>
        <dd>
          <code>{path}</code>
        </dd>
      </dl>
    </Card>
  );
}
