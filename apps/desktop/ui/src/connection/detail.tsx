import type { PageProps } from "../place";

/** A profile and what there is of its connection. */
export function ProfileDetail({ profile }: PageProps & { profile: string }) {
  return (
    <div class="page">
      <h1 tabIndex={-1}>{profile}</h1>
    </div>
  );
}
