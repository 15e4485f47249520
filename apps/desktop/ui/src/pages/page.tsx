import type { PageProps, Place } from "../place";

/** The pages beside those of a connection. */
export function Page({ place }: PageProps & { place: Place }) {
  return <h2>{place.kind}</h2>;
}
