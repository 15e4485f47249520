import { Group, Rows } from "../components/rows";
import { useStrings } from "../strings";
import type { Difference, RowGroup } from "../types";

/** What a profile's field is called; one that only OpenVPN has is called as there. */
export function useFieldName(): (key: string) => string {
  const { keys } = useStrings();
  return (key) => textFor(keys, key);
}

/** All fields of a profile, grouped as in the form. */
export function ProfileRows({ groups }: { groups: readonly RowGroup[] }) {
  const strings = useStrings();
  const fieldName = useFieldName();
  const none = <span class="muted">{strings.common.none}</span>;
  return (
    <>
      {groups.map(({ group, rows }) => (
        <Group key={group} title={textFor(strings.groups, group)}>
          <Rows rows={rows.map(({ key, value }) => [fieldName(key), value === "" ? none : textFor(strings.values, value)])} />
        </Group>
      ))}
    </>
  );
}

/** Where a stored profile and an imported one of the same name differ. */
export function Differences({ differences }: { differences: readonly Difference[] }) {
  const { common, profiles, values } = useStrings();
  const fieldName = useFieldName();
  const value = (text: string | null) => (text === null ? <span class="muted">{common.none}</span> : textFor(values, text));
  return (
    <div class="differences" role="group" tabIndex={0} aria-label={profiles.import.clashHint}>
      <table>
        <thead>
          <tr>
            <th scope="col">{profiles.import.field}</th>
            <th scope="col">{profiles.import.stored}</th>
            <th scope="col">{profiles.import.imported}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ field, before, after }) => (
            <tr key={field}>
              <th scope="row">{fieldName(field)}</th>
              <td class="selectable">{value(before)}</td>
              <td class="selectable">{value(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function textFor(texts: Record<string, string>, key: string): string {
  return Object.prototype.hasOwnProperty.call(texts, key) ? (texts[key] ?? key) : key;
}
