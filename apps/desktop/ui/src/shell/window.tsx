import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "../components/button";
import { LocksProvider } from "../components/lock";
import type { Desk } from "../desk";
import { type Memory, ProfileDetail } from "../connection/detail";
import { History } from "../connection/history";
import { LastResults } from "../connection/last";
import { Renewal } from "../connection/renewal";
import { Page } from "../pages/page";
import { type DialogRequest, type PageProps, type Place, profileOf } from "../place";
import { WaysIn } from "../profiles/ways_in";
import { StringsProvider, stringsFor } from "../strings";
import type { Picture } from "../types";
import { Announcer } from "./announcer";
import { useAppearance } from "./appearance";
import { Dialogs } from "./dialogs";
import { settle } from "./settle";
import { Sidebar } from "./sidebar";
import { Strips } from "./strips";
import { Welcome } from "./welcome";

interface WindowProps {
  desk: Desk;
  picture: Picture;
  /** Where to begin. */
  start?: Place;
  /** The dialog to begin with. */
  dialog?: DialogRequest | null;
}

/** List on the left, the place on the right, a dialog over both. In a narrow window one of the two. */
export function Window({ desk, picture, start = { kind: "welcome" }, dialog = null }: WindowProps) {
  const [place, setPlace] = useState<Place>(start);
  const [asked, setAsked] = useState<DialogRequest | null>(dialog);
  const [pane, setPane] = useState<"list" | "detail">("detail");
  const { language, appearance } = picture.preferences;
  const strings = useMemo(() => stringsFor(language), [language]);
  const main = useRef<HTMLElement>(null);
  useAppearance(appearance);
  useEffect(() => {
    document.documentElement.lang = strings.locale;
  }, [strings]);

  const go = useCallback((to: Place) => {
    setPlace(to);
    setPane("detail");
  }, []);
  const close = useCallback(() => setAsked(null), []);
  const here = settle(place, picture);
  const memory = useMemory(picture);
  useFocusOnArrival(main, here);
  const page: PageProps = { desk, picture, go, ask: setAsked };

  return (
    <StringsProvider value={strings}>
      <LocksProvider value={picture.locks}>
        <div class="window" data-pane={pane}>
          <Sidebar {...page} place={here} select={(profile) => setPlace({ kind: "profile", profile })} />
          <main ref={main} class="detail">
            <div class="detail-back">
              <Button kind="quiet" icon="back" onClick={() => setPane("list")}>
                {strings.shell.back}
              </Button>
            </div>
            <Strips {...page} place={here} />
            <Shown {...page} place={here} memory={memory} />
          </main>
          <WaysIn {...page} />
          <Announcer picture={picture} />
          {asked !== null && <Dialogs desk={desk} picture={picture} request={asked} go={go} close={close} />}
        </div>
      </LocksProvider>
    </StringsProvider>
  );
}

/** What the window remembers of pictures that are past. */
function useMemory(picture: Picture): Memory {
  const memory = useRef<Memory>(null);
  memory.current ??= { history: new History(), last: new LastResults(), renewal: new Renewal(), asked: { target: "", again: false } };
  const seen = useRef<Picture | null>(null);
  if (seen.current !== picture) {
    seen.current = picture;
    memory.current.history.take(picture.state.connection, Date.now());
    memory.current.last.take(picture, Date.now());
    memory.current.renewal.take(picture.state.connection);
  }
  return memory.current;
}

function Shown({ place, memory, ...page }: PageProps & { place: Place; memory: Memory }) {
  switch (place.kind) {
    case "welcome":
      return <Welcome {...page} />;
    case "profile":
      return <ProfileDetail key={place.profile} {...page} profile={place.profile} memory={memory} />;
    default:
      return <Page key={`${place.kind} ${profileOf(place) ?? ""}`} {...page} place={place} />;
  }
}

/** A page that was gone to takes the focus with its heading; the list keeps it while one moves in it. */
function useFocusOnArrival(main: { current: HTMLElement | null }, { kind }: Place) {
  const before = useRef<Place["kind"] | null>(null);
  useEffect(() => {
    const arrived = before.current !== null && before.current !== kind;
    before.current = kind;
    if (!arrived || document.activeElement?.closest("[role=listbox], dialog")) return;
    main.current?.querySelector<HTMLElement>("[data-first], h1")?.focus();
    main.current?.scrollTo?.(0, 0);
  }, [kind]);
}
