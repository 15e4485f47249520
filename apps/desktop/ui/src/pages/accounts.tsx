import { useState } from "preact/hooks";
import { Button } from "../components/button";
import { Dialog } from "../components/dialog";
import { Icon } from "../components/icon";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { Account, Leaving } from "../types";

/** Who is signed in, and the way to sign out. */
export function AccountsPage({ desk, picture }: PageProps) {
  const { accounts } = picture;
  const text = useStrings().pages.accounts;
  const [leaving, setLeaving] = useState<Leaving | null>(null);
  const [left, setLeft] = useState(false);

  return (
    <PageFrame
      title={text.title}
      actions={
        accounts.length > 1 ? (
          <Button onClick={() => setLeaving({ kind: "everybody" })}>{text.signOutAll}</Button>
        ) : undefined
      }
    >
      <p role="status" class={left ? undefined : "unseen"}>
        {left ? text.signedOut : ""}
      </p>
      {accounts.length === 0 ? (
        <div class="panel stack-small">
          <p>{text.none}</p>
          <p class="muted">{text.noneHint}</p>
        </div>
      ) : (
        <ul class="plain-list panel accounts">
          {accounts.map((account) => (
            <AccountLine
              key={`${account.name ?? ""} ${account.authority}`}
              account={account}
              signOut={setLeaving}
            />
          ))}
        </ul>
      )}
      {leaving && (
        <SignOut
          desk={desk}
          leaving={leaving}
          close={(done) => {
            setLeaving(null);
            setLeft(done);
          }}
        />
      )}
    </PageFrame>
  );
}

/** One account. Without a name, the place where it signed in is what it is known by. */
function AccountLine({ account, signOut }: { account: Account; signOut(leaving: Leaving): void }) {
  const { locale, pages } = useStrings();
  const text = pages.accounts;
  const { name, authority } = account;
  const expires = new Date(account.expires * 1000);
  const over = expires.getTime() <= Date.now();
  const until = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(expires);
  return (
    <li class="account-line">
      <Icon name="person" />
      <div class="account-text">
        <p class="selectable strong">{name ?? text.unnamed}</p>
        <p class="selectable muted small">{account.authority}</p>
        <p class="muted small">{account.renewable ? text.renews : over ? text.over : text.until(until)}</p>
      </div>
      <Button
        label={`${text.signOut}: ${name ?? authority}`}
        onClick={() => signOut(name === null ? { kind: "unnamed", authority } : { kind: "account", name })}
      >
        {text.signOut}
      </Button>
    </li>
  );
}

function SignOut({ desk, leaving, close }: Pick<PageProps, "desk"> & { leaving: Leaving; close(done: boolean): void }) {
  const { common, pages } = useStrings();
  const text = pages.accounts;
  const task = useTask();
  const all = leaving.kind === "everybody";
  const title = leaving.kind === "account" ? text.forgetTitle(leaving.name) : all ? text.forgetAllTitle : text.forgetUnnamedTitle;

  function signOut() {
    void task.run(async () => {
      await desk.signOut(leaving);
      close(true);
    });
  }

  return (
    <Dialog
      title={title}
      onClose={() => close(false)}
      actions={
        <>
          <Button first onClick={() => close(false)}>
            {common.cancel}
          </Button>
          <Button kind="danger" busy={task.busy} onClick={signOut}>
            {all ? text.signOutAll : text.signOut}
          </Button>
        </>
      }
    >
      {leaving.kind === "unnamed" && <p class="selectable">{leaving.authority}</p>}
      <p>{text.forgetHint}</p>
      {task.problem && <ProblemView desk={desk} problem={task.problem} compact />}
    </Dialog>
  );
}
