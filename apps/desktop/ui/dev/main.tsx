// Any screen with a double behind it: /dev/index.html?state=connected&theme=dark&language=german
import { render } from "preact";
import "../src/styles/index.css";
import type { Appearance, Language } from "../src/types";
import { deskDouble } from "../test/double";
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
  render(<Over desk={deskDouble({ ...picture, preferences }, answers)} start={start} dialog={dialog} />, root);
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
