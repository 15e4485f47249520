import { ended } from "../format";
import { useStrings } from "../strings";
import type { Notice } from "../types";

/** What the service has to say, in the user's language where its meaning is known: its own words are beneath then. */
export function NoticeText({ notice }: { notice: Notice }) {
  const { notices, problems } = useStrings();
  const plain = ended(withoutCommands(notice.text));
  const said = notices?.[notice.code] ?? null;
  if (said === null)
    return (
      <p class="foreign" lang="en">
        {plain}
      </p>
    );
  return (
    <>
      <p>{said(...notice.about)}</p>
      <details class="details">
        <summary>{problems.details}</summary>
        <p class="foreign muted small" lang="en">
          {plain}
        </p>
      </details>
    </>
  );
}

/** Without the sentences that name a command to type or a variable to set: the window has buttons. */
export function withoutCommands(text: string): string {
  // Not at the dots within an address.
  const sentences = text.replace(/([.!?;])\s+/g, "$1\n").split("\n");
  const kept = sentences.filter((sentence) => !/\bspoke [a-z-]+|\bSPOKE_[A-Z]+/.test(sentence));
  return kept.join(" ");
}
