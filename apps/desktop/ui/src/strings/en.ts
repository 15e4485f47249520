import { connection } from "./en/connection";
import { explain } from "./en/explain";
import { groups, keys, values } from "./en/fields";
import { faults, findings } from "./en/findings";
import { locks } from "./en/locks";
import { notices } from "./en/notices";
import { pages } from "./en/pages";
import { problems } from "./en/problems";
import { profiles } from "./en/profiles";
import { common, phases, shell, stages } from "./en/shell";

export const en = { locale: "en" as string, common, phases, stages, shell, connection, explain, problems, profiles, pages, groups, keys, values, faults, findings, notices, locks };
