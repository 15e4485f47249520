import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../components/button";
import { Copy } from "../components/copy";
import { CheckField, Field, TextField } from "../components/field";
import { PageFrame } from "../components/page";
import { ProblemView } from "../components/problem";
import type { PageProps } from "../place";
import { useStrings } from "../strings";
import { useTask } from "../task";
import type { LogLine } from "../types";
import { useVisible } from "./use_visible";
import { filtered, type Level, LEVELS, lineText } from "./log_filter";

/** How far back the log is shown, in seconds. */
const BACK = 3600;
/** How often it is looked at again while it is followed, in milliseconds. */
const AGAIN = 2000;
/** Lines that are shown at most, so that a long log does not slow the page. */
const SHOWN = 2000;

/** The daemon's log: filtered, searched, followed, copied. */
export function LogsPage({ desk }: PageProps) {
  const { common, pages } = useStrings();
  const text = pages.logs;
  const [lines, setLines] = useState<LogLine[]>([]);
  const [level, setLevel] = useState<Level>("info");
  const [search, setSearch] = useState("");
  const [follow, setFollow] = useState(true);
  const { run, busy, problem } = useTask();
  const visible = useVisible();
  const read = useCallback(() => run(async () => setLines(await desk.log(BACK))), [run, desk]);

  useEffect(() => {
    void read();
    if (!follow || !visible) return;
    const timer = setInterval(() => void read(), AGAIN);
    return () => clearInterval(timer);
  }, [read, follow, visible]);

  const found = filtered(lines, level, search);
  const shown = found.slice(-SHOWN);
  return (
    <PageFrame
      title={text.title}
      tools={
        <div class="actions">
          <Button icon="retry" onClick={() => void read()}>
            {text.refresh}
          </Button>
          <Copy desk={desk} text={shown.map(lineText).join("\n")}>
            {common.copy}
          </Copy>
        </div>
      }
    >
      <div class="log-tools">
        <Field label={text.level}>
          {(control) => (
            <select
              {...control}
              class="input"
              value={level}
              onChange={(event) => setLevel(event.currentTarget.value as Level)}
            >
              {LEVELS.map((one) => (
                <option key={one} value={one}>
                  {text.levels[one]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <TextField label={text.search} value={search} onInput={setSearch} />
        <CheckField label={text.follow} checked={follow} onChange={setFollow} />
      </div>
      {problem && <ProblemView desk={desk} problem={problem} compact />}
      <p class="muted small" role="status">
        {lines.length === 0 ? (busy ? "" : text.empty) : found.length === 0 ? text.nothing : text.count(shown.length, lines.length)}
      </p>
      {shown.length > 0 && <Lines lines={shown} follow={follow} />}
    </PageFrame>
  );
}

function Lines({ lines, follow }: { lines: readonly LogLine[]; follow: boolean }) {
  const { locale, pages } = useStrings();
  const text = pages.logs;
  const box = useRef<HTMLDivElement>(null);
  const last = lines[lines.length - 1];
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [follow, lines.length, last?.at_ms]);
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hour12: false });
  return (
    <div ref={box} class="log" role="log" aria-live="off" aria-label={text.list} tabIndex={0}>
      {lines.map((line, at) => (
        <p key={`${line.at_ms} ${at}`} class={`log-line log-${line.level.toLowerCase()}`}>
          <time dateTime={new Date(line.at_ms).toISOString()}>{time.format(line.at_ms)}</time>
          <span class="log-level">{line.level.toLowerCase()}</span>
          <span class="selectable">{line.text}</span>
        </p>
      ))}
    </div>
  );
}
