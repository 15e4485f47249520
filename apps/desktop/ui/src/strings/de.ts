import type { Strings } from ".";
import { connection } from "./de/connection";
import { explain } from "./de/explain";
import { groups, keys, values } from "./de/fields";
import { faults, findings } from "./de/findings";
import { locks } from "./de/locks";
import { notices } from "./de/notices";
import { pages } from "./de/pages";
import { problems } from "./de/problems";
import { profiles } from "./de/profiles";
import { common, phases, shell, stages } from "./de/shell";

export const de: Strings = { locale: "de", common, phases, stages, shell, connection, explain, problems, profiles, pages, groups, keys, values, faults, findings, notices, locks };
