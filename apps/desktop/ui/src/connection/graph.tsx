import { useState } from "preact/hooks";
import { bytes, rate } from "../format";
import { useStrings } from "../strings";
import type { Traffic } from "../types";
import type { History, Series } from "./history";

const SPANS = {
  minute: { points: 60, step: 1000 },
  ten: { points: 120, step: 5000 },
} as const;
const WIDTH = 600;
const HEIGHT = 120;
/** The least that fills the graph, in bytes a second: noise is not to look like a storm. */
const LEAST = 10_000;

interface GraphProps {
  history: History;
  traffic: Traffic;
  /** Unix time in milliseconds. */
  now: number;
}

/** What goes through the tunnel: drawn, and as numbers. */
export function Graph({ history, traffic, now }: GraphProps) {
  const { connection: texts, locale } = useStrings();
  const [span, setSpan] = useState<keyof typeof SPANS>("minute");
  const { points, step } = SPANS[span];
  const { received, sent } = history.series(now, points, step);
  const top = ceiling(Math.max(highest(received), highest(sent)));
  const table = [
    { name: texts.received, look: "down", now: traffic.receive_rate, series: received, total: traffic.received },
    { name: texts.sent, look: "up", now: traffic.send_rate, series: sent, total: traffic.sent },
  ];
  return (
    <div class="graph">
      <div class="graph-head">
        <fieldset class="segments">
          <legend class="unseen">{texts.span}</legend>
          {(["minute", "ten"] as const).map((choice) => (
            <label key={choice} class="segment">
              <input type="radio" name="span" checked={span === choice} onChange={() => setSpan(choice)} />
              <span>{texts.spans[choice]}</span>
            </label>
          ))}
        </fieldset>
        <span class="muted small">{texts.scale(rate(top, locale))}</span>
      </div>
      <svg class="graph-plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {[0.25, 0.5, 0.75].map((part) => (
          <line key={part} class="graph-grid" x1="0" x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
        ))}
        <path class="graph-down-area" d={outline(received, top, true)} />
        <path class="graph-down" d={outline(received, top, false)} />
        <path class="graph-up" d={outline(sent, top, false)} />
      </svg>
      <div class="graph-times muted small" aria-hidden="true">
        <span>{texts.spanAgo[span]}</span>
        <span>{texts.now}</span>
      </div>
      <table class="numbers">
        <thead>
          <tr>
            <td />
            <th scope="col">{texts.now}</th>
            <th scope="col">{texts.mean}</th>
            <th scope="col">{texts.highest}</th>
            <th scope="col">{texts.total}</th>
          </tr>
        </thead>
        <tbody>
          {table.map((row) => (
            <tr key={row.look}>
              <th scope="row">
                <span class={`key key-${row.look}`} aria-hidden="true" />
                {row.name}
              </th>
              <td>{rate(row.now, locale)}</td>
              <td>{rate(mean(row.series), locale)}</td>
              <td>{rate(Math.max(row.now, highest(row.series)), locale)}</td>
              <td>{bytes(row.total, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The next round number above: 1, 2 or 5 of its decade. */
export function ceiling(value: number): number {
  if (value <= LEAST) return LEAST;
  const decade = 10 ** Math.floor(Math.log10(value));
  return decade * ([1, 2, 5, 10].find((step) => step * decade >= value) ?? 10);
}

function highest(series: Series): number {
  return Math.max(0, ...series.map((value) => value ?? 0));
}

function mean(series: Series): number {
  const known = series.filter((value) => value !== null);
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The line through a series, broken where it is not known; closed down to the ground as an area. */
export function outline(series: Series, top: number, area: boolean): string {
  const across = (index: number) => Math.round((index / Math.max(1, series.length - 1)) * WIDTH * 10) / 10;
  const up = (value: number) => Math.round((HEIGHT - 1 - (value / top) * (HEIGHT - 4)) * 10) / 10;
  let path = "";
  let began: number | null = null;
  series.forEach((value, index) => {
    if (value === null) {
      if (area && began !== null) path += `V${HEIGHT}H${across(began)}Z`;
      began = null;
      return;
    }
    path += `${began === null ? "M" : "L"}${across(index)} ${up(value)}`;
    began ??= index;
  });
  if (area && began !== null) path += `V${HEIGHT}H${across(began)}Z`;
  return path;
}
