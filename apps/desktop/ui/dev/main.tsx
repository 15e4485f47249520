// Any screen with a double behind it: /dev/index.html?state=connected&theme=dark&language=german
import { render } from "preact";
import "../src/styles/index.css";
import type { Appearance, Language, Picture } from "../src/types";
import { type DeskDouble, deskDouble } from "../test/double";
import { Over } from "../test/over";
import { states } from "./states";

const wanted = new URLSearchParams(location.search);
const root = document.getElementById("window");
const state = states[wanted.get("state") ?? ""];
if (root && state) {
  const { picture, start, dialog, answers } = state;
  const preferences = {
    ...picture.preferences,
    appearance: (wanted.get("theme") ?? "system") as Appearance,
    language: (wanted.get("language") ?? "english") as Language,
  };
  const desk = deskDouble({ ...picture, preferences }, answers);
  render(<Over desk={desk} start={start} dialog={dialog} />, root);
  if (state.moving) keepMoving(desk, { ...picture, preferences });
} else if (root) {
  render(
    <ul>
      {Object.keys(states).map((name) => (
        <li key={name}>
          <a href={`?state=${name}`}>{name}</a>
        </li>
      ))}
    </ul>,
    root,
  );
}

/** Lets traffic go on: two minutes of it at once, then by the second. */
function keepMoving(desk: DeskDouble, picture: Picture) {
  const { connection } = picture.state;
  if (!connection) return;
  const real = Date.now;
  const tell = (at: number) => {
    const receive_rate = Math.round(900_000 * (1 + Math.sin(at / 7000)) + 300_000 * (1 + Math.sin(at / 1700)));
    const send_rate = Math.round(160_000 * (1 + Math.sin(at / 4000)));
    const traffic = { received: 412_000_000 + (at % 1e8), sent: 38_000_000 + (at % 1e7), receive_rate, send_rate };
    desk.show({ ...picture, state: { connection: { ...connection, traffic } } });
  };
  let at = real() - 120_000;
  const step = () => {
    Date.now = () => at;
    tell(at);
    Date.now = real;
    at += 1000;
    if (at < real()) setTimeout(step, 0);
    else setInterval(() => tell(real()), 1000);
  };
  setTimeout(step, 50);
}
