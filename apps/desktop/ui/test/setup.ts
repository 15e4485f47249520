import { cleanup, configure } from "@testing-library/preact";
import { afterAll, afterEach } from "vitest";

// A busy machine draws late.
configure({ asyncUtilTimeout: 5000 });
afterEach(cleanup);

// Preact puts effects off until after the next drawing, 35 ms at the most, and then wants a document
// that would be gone after the last test.
const PUT_OFF = 50;
afterAll(() => new Promise((resolve) => setTimeout(resolve, PUT_OFF)));

// jsdom draws nothing, and says so at length when axe looks for drawn letters.
HTMLCanvasElement.prototype.getContext = () => null;
