import { useEffect } from "preact/hooks";
import { Banner } from "../components/banner";
import { Button } from "../components/button";
import { Icon, type IconName } from "../components/icon";
import { NoticeText } from "../components/notice";
import { Group, Rows } from "../components/rows";
import { clock, roundTrip, timeOfDay } from "../format";
import { useNow, useVisible } from "../now";
import { useStrings } from "../strings";
import type { Connection } from "../types";
import type { ConnectionProps } from "./detail";
import { End } from "./end";
import { Ending } from "./ending";
import { Explain } from "./explain";
import { Graph } from "./graph";
import { Hero } from "./hero";
import { PromptCard } from "./prompt";
import { Technical } from "./technical";

/** Traffic flows: for how long, for whom, where to, and how much. */
export function Connected({ connection, profile, prompt, desk, go, ask, task, memory }: ConnectionProps) {
  const { history } = memory;
  const { connection: texts, phases } = useStrings();
  const visible = useVisible();
  const now = useNow(1000);
  useEffect(() => {
    if (!visible) return;
    // Without the daemon there is nothing to watch, and the picture says so.
    const watch = (on: boolean) => void desk.watchTraffic(on).catch(() => undefined);
    watch(true);
    return () => {
      history.rest(Date.now());
      watch(false);
    };
  }, [desk, history, visible]);

  return (
    <>
      <Ending connection={connection} desk={desk} task={task} memory={memory} now={now} />
      <Hero
        phase="connected"
        title={
          <>
            {phases.connected}
            {connection.connected_at_ms !== null && (
              <span class="hero-clock" role="timer">
                {` ${texts.duration(clock(now - connection.connected_at_ms))}`}
              </span>
            )}
          </>
        }
        actions={
          <End desk={desk} ask={ask} first>
            {texts.disconnect}
          </End>
        }
      >
        <p class="muted">{trafficText(connection, texts.traffic)}</p>
      </Hero>
      {prompt !== null && <PromptCard key={prompt.id} desk={desk} prompt={prompt} />}
      {connection.notices.map((notice) => (
        <Banner key={notice.text} tone="warning">
          <NoticeText notice={notice} />
        </Banner>
      ))}
      <Health connection={connection} />
      <Session connection={connection} desk={desk} task={task} now={now} />
      <Group title={texts.trafficTitle}>
        <Graph history={history} traffic={connection.traffic} now={now} />
      </Group>
      <Network connection={connection} />
      <Explain desk={desk} go={go} ask={ask} profile={profile} asked={memory.asked} />
      <Technical connection={connection} />
    </>
  );
}

interface TrafficTexts {
  all: string;
  none: string;
  some(networks: number): string;
}

function trafficText({ routes }: Connection, texts: TrafficTexts): string {
  const all = routes.some((route) => route.endsWith("/0")) || (routes.includes("0.0.0.0/1") && routes.includes("128.0.0.0/1"));
  if (all) return texts.all;
  return routes.length === 0 ? texts.none : texts.some(routes.length);
}

/** A few words on whether all is well, each with a shape of its own. */
function Health({ connection }: { connection: Connection }) {
  const { connection: texts, locale } = useStrings();
  const { health } = texts;
  const { gateway, dns, notices } = connection;
  const marks: { icon: IconName; tone: string; text: string }[] = [
    {
      icon: "connected",
      tone: "good",
      text: gateway?.rtt_us ? health.gateway(roundTrip(gateway.rtt_us, locale)) : health.gatewayUp,
    },
    ...(gateway && gateway.position > 0 ? [{ icon: "info" as const, tone: "warning", text: health.secondary }] : []),
    dns === null
      ? { icon: "info", tone: "quiet", text: health.noNames }
      : { icon: "connected", tone: "good", text: dns.mode === "full" ? health.allNames : health.names },
    notices.length === 0
      ? { icon: "connected", tone: "good", text: health.fine }
      : { icon: "alert", tone: "warning", text: health.warnings(notices.length) },
  ];
  return (
    <ul class="health plain-list" aria-label={health.title}>
      {marks.map(({ icon, tone, text }) => (
        <li key={text} class={`mark phase-${tone}`}>
          <Icon name={icon} />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}

function Session({ connection, desk, task, now }: Pick<ConnectionProps, "connection" | "desk" | "task"> & { now: number }) {
  const { connection: texts, locale } = useStrings();
  const { account, sign_in_expires, sign_in_renews } = connection;
  const time = (seconds: number) => timeOfDay(seconds * 1000, now, locale);
  const clockText =
    sign_in_expires === null
      ? texts.sessionOpen
      : `${texts.sessionUntil(time(sign_in_expires))}, ${
          sign_in_renews === null ? texts.sessionNoRenewal : texts.sessionRenews(time(sign_in_renews))
        }`;
  if (account === null && sign_in_expires === null) return null;
  return (
    <section class="session" aria-label={texts.session}>
      <Icon name="person" />
      <div class="session-text">
        {account !== null && <p class="session-account foreign">{account}</p>}
        <p class="muted small">
          {texts.session} {clockText}
        </p>
      </div>
      {sign_in_expires !== null && (
        <Button icon="retry" busy={task.busy} onClick={() => void task.run(() => desk.renewNow())}>
          {texts.renewNow}
        </Button>
      )}
    </section>
  );
}

function Network({ connection }: { connection: Connection }) {
  const { connection: texts } = useStrings();
  const { addresses, routes, excluded, dns } = connection;
  const servers = dns?.servers.join(", ") ?? "";
  return (
    <Group title={texts.connection}>
      <Rows
        rows={[
          [addresses.length === 1 ? texts.address : texts.addresses, lines(addresses)],
          [texts.routes, lines(routes)],
          [texts.excluded, excluded.length > 0 && lines(excluded)],
          [
            texts.dns,
            dns === null
              ? texts.dnsNone
              : dns.mode === "full"
                ? texts.dnsFull(servers)
                : texts.dnsSplit(dns.suffixes.map((suffix) => `.${suffix.replace(/^\./, "")}`).join(", "), servers),
          ],
        ]}
      />
    </Group>
  );
}

function lines(items: string[]) {
  return (
    items.length > 0 && (
      <ul class="plain-list mono">
        {items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    )
  );
}
