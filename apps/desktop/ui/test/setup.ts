import { cleanup, configure } from "@testing-library/preact";
import { afterEach } from "vitest";

// A busy machine draws late.
configure({ asyncUtilTimeout: 5000 });
afterEach(cleanup);

// jsdom draws nothing, and says so at length when axe looks for drawn letters.
HTMLCanvasElement.prototype.getContext = () => null;
