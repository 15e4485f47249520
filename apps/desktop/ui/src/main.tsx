import { render } from "preact";
import { App } from "./app";
import { realDesk } from "./desk";
import "./styles/index.css";

const root = document.getElementById("window");
if (root) {
  render(<App desk={realDesk} />, root);
}
