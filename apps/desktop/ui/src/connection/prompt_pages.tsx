import { encode } from "uqr";
import { Button } from "../components/button";
import { Copy } from "../components/copy";
import type { Desk } from "../desk";
import { timeOfDay } from "../format";
import { useStrings } from "../strings";
import { Card, type PromptProps } from "./prompt";

/** The sign-in goes on in the browser. */
export function BrowserPrompt({ desk, id, task, url, notOpened }: PromptProps & { url: string; notOpened: string | null }) {
  const { browser } = useStrings().connection;
  return (
    <Card
      icon="external"
      title={browser.title}
      actions={
        <>
          <Button
            kind={notOpened === null ? "plain" : "primary"}
            first
            icon="external"
            busy={task.busy}
            onClick={() => void task.run(() => desk.openAgain(id))}
          >
            {browser.openAgain}
          </Button>
          <Copy desk={desk} text={url}>
            {browser.copyLink}
          </Copy>
          <Button icon="phone" busy={task.busy} onClick={() => void task.run(() => desk.useAnotherDevice(id))}>
            {browser.anotherDevice}
          </Button>
        </>
      }
    >
      <p>{notOpened === null ? browser.text : browser.notOpened}</p>
      {notOpened !== null && (
        <>
          <p class="foreign muted">{notOpened}</p>
          <code class="link" aria-label={browser.link}>
            {url}
          </code>
        </>
      )}
    </Card>
  );
}

/** The sign-in goes on on another device. */
export function DevicePrompt({ desk, url, code, validUntil }: PromptProps & { url: string; code: string; validUntil: number }) {
  const { connection: texts, locale } = useStrings();
  return (
    <Card icon="phone" title={texts.device.title}>
      <DeviceCode desk={desk} url={url} code={code} />
      <p class="muted small">{texts.device.valid(timeOfDay(validUntil * 1000, Date.now(), locale))}</p>
    </Card>
  );
}

/** Page and code for another device, to be scanned or typed. */
export function DeviceCode({ desk, url, code }: { desk: Desk; url: string; code: string }) {
  const { device } = useStrings().connection;
  return (
    <div class="device">
      <Qr text={url} />
      <div class="device-text">
        <p>{device.text}</p>
        <div>
          <p class="muted small">{device.page}</p>
          <code>{url}</code>
        </div>
        <div>
          <p class="muted small">{device.code}</p>
          <code class="device-code">{code}</code>
        </div>
        <div class="actions">
          <Copy desk={desk} text={code}>
            {device.copyCode}
          </Copy>
          <Copy desk={desk} text={url}>
            {device.copyLink}
          </Copy>
        </div>
      </div>
    </div>
  );
}

function Qr({ text }: { text: string }) {
  const { device } = useStrings().connection;
  const { data, size } = encode(text, { ecc: "M", border: 2 });
  const squares = data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1Z` : "")).join("")).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={device.qr(text)} shape-rendering="crispEdges">
      <path d={squares} />
    </svg>
  );
}

/** The gateway wants a page to be opened. */
export function PagePrompt({ answer, task, url }: PromptProps & { url: string }) {
  const { page } = useStrings().connection;
  return (
    <Card
      icon="external"
      title={page.title}
      actions={
        <>
          <Button first onClick={() => answer({ kind: "no" })} busy={task.busy}>
            {page.refuse}
          </Button>
          <Button icon="external" onClick={() => answer({ kind: "yes" })} busy={task.busy}>
            {page.open}
          </Button>
        </>
      }
    >
      <p>{page.text}</p>
      <dl class="facts">
        <dt>{page.host}</dt>
        <dd>
          <strong>{hostOf(url)}</strong>
        </dd>
        <dt>{page.address}</dt>
        <dd>
          <code>{url}</code>
        </dd>
      </dl>
    </Card>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
