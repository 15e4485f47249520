import { render } from "preact";
import { App } from "./app";
import { realDesk } from "./desk";

const root = document.getElementById("window");
if (root) {
  render(<App desk={realDesk} />, root);
}
