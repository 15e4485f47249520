import { render } from "@testing-library/preact";
import type { Desk } from "../src/desk";
import type { DialogRequest, Place } from "../src/place";
import type { Picture } from "../src/types";
import { type DeskDouble, deskDouble } from "./double";
import { Over } from "./over";

interface ShowOptions {
  start?: Place;
  dialog?: DialogRequest;
  answers?: Partial<Desk>;
}

/** Renders the whole window; gives the desk that it asks. */
export function show(picture: Picture, { start, dialog, answers }: ShowOptions = {}): DeskDouble {
  const desk = deskDouble(picture, answers);
  render(<Over desk={desk} start={start} dialog={dialog} />);
  return desk;
}

/** Whether a text stands anywhere in the window, in a field or beside one. */
export function typedAnywhere(text: string): boolean {
  const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea")];
  return document.documentElement.outerHTML.includes(text) || fields.some(({ value }) => value.includes(text));
}
