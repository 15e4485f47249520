import type { Strings } from "..";

export const profiles: Strings["profiles"] = {};
