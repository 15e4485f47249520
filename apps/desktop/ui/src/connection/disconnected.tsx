import { Button } from "../components/button";
import { Icon } from "../components/icon";
import { Menu } from "../components/menu";
import { Rows } from "../components/rows";
import { clock, timeOfDay } from "../format";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { asProblem } from "../task";
import type { Connection } from "../types";
import type { ConnectionProps } from "./detail";
import { Failed } from "./failed";
import { Hero } from "./hero";
import { isActive, phaseOf } from "./phase";

type DisconnectedProps = Omit<ConnectionProps, "connection"> & { connection: Connection | null };

/** Not connected: Connect, what came of the last time, and who signs in. */
export function Disconnected({ connection, profile, task, memory, prompt: _, ...page }: DisconnectedProps) {
  const { connection: texts, shell, phases, locale } = useStrings();
  const { desk, picture } = page;
  const here = picture.daemon.kind === "connected";
  const other = busyElsewhere(picture.state.connection, profile);
  const failed = phaseOf(connection) === "failed" ? connection : null;

  const missing = picture.daemon.kind === "searching" ? shell.searching : texts.noService;
  const meaning = !here ? missing : other === null ? texts.traffic.ordinary : texts.switchHint(other);
  const connect = () =>
    void task.run(async () => {
      if (other !== null) await desk.disconnect();
      await desk.connect(profile);
    });
  const last = memory.last.of(profile);
  const account = connection?.account ?? picture.profiles.find(({ name }) => name === profile)?.account ?? null;
  return (
    <>
      <Hero
        phase={failed ? "failed" : "disconnected"}
        title={failed ? phases.failed : phases.disconnected}
        actions={
          failed?.problem ? undefined : (
            <Button kind="primary" first onClick={connect} busy={task.busy} disabled={!here}>
              {other === null ? texts.connect : texts.switch}
            </Button>
          )
        }
      >
        <p class="muted">{meaning}</p>
      </Hero>
      {failed?.problem && <Failed {...page} profile={profile} problem={failed.problem} stages={failed.stages} task={task} />}
      <Rows
        rows={[
          [texts.account, <AccountMenu key="account" {...page} account={account} />],
          [texts.lastResult, last && texts.ended(timeOfDay(last.at, Date.now(), locale), clock(last.lasted))],
        ]}
      />
    </>
  );
}

/** The user's own connection that has to end first. */
function busyElsewhere(connection: Connection | null, profile: string): string | null {
  if (connection === null || connection.profile === profile || connection.profile === "") return null;
  return isActive(connection) ? connection.profile : null;
}

function AccountMenu({ desk, go, ask, picture, account }: PageProps & { account: string | null }) {
  const { connection: texts } = useStrings();
  if (account === null) return <span class="muted">{texts.notSignedIn}</span>;
  const signOut = () =>
    void desk.signOut({ kind: "account", name: account }).catch((error: unknown) => ask({ kind: "problem", problem: asProblem(error) }));
  const known = picture.accounts.some(({ name }) => name === account);
  return (
    <span class="account">
      <Icon name="person" />
      <span>{account}</span>
      <Menu
        label={texts.accountMenu}
        icon="chevron"
        kind="quiet"
        align="end"
        items={[
          { label: texts.signOut(account), icon: "quit", disabled: !known, run: signOut },
          { label: texts.manageAccounts, icon: "person", run: () => go({ kind: "accounts" }) },
        ]}
      />
    </span>
  );
}
