import type { Strings } from "..";

export const pages: Strings["pages"] = {};
