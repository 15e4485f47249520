import { Button } from "../components/button";
import { useLock } from "../components/lock";
import { Menu } from "../components/menu";
import { type PageProps, type Place, profileOf } from "../place";
import { useStrings } from "../strings";
import { useImport } from "./import";
import { ProfileList } from "./profile_list";
import { entries } from "./settle";

interface SidebarProps extends PageProps {
  place: Place;
  /** Shows a profile, without leaving the list. */
  select(profile: string): void;
}

/** The connections, the ways to more of them, and the pages about the program. */
export function Sidebar({ place, select, ...page }: SidebarProps) {
  const { desk, picture, go } = page;
  const { shell } = useStrings();
  const { busy, begin } = useImport(page);
  const lock = useLock("change-profiles", page.ask);
  const list = entries(picture);
  return (
    <nav class="sidebar" aria-label={shell.connections}>
      <div class="sidebar-head">
        <h2>{shell.connections}</h2>
        <Menu
          label={shell.menu}
          icon="more"
          kind="quiet"
          align="end"
          items={[
            { label: shell.accounts, icon: "person", run: () => go({ kind: "accounts" }) },
            { label: shell.settings, icon: "settings", run: () => go({ kind: "settings" }) },
            { label: shell.logs, icon: "log", run: () => go({ kind: "logs" }) },
            { label: shell.about, icon: "info", run: () => go({ kind: "about" }) },
            { label: shell.quit, icon: "quit", apart: true, run: () => void desk.quit() },
          ]}
        />
      </div>
      <ProfileList desk={desk} go={go} ask={page.ask} picture={picture} entries={list} chosen={profileOf(place)} select={select} />
      <div class="sidebar-foot">
        <Menu
          icon={lock.icon("import")}
          above
          items={[
            { label: shell.importFiles, icon: "file", run: () => begin("files") },
            { label: shell.importFolder, icon: "folder", run: () => begin("folder") },
            { label: shell.importAzure, icon: "import", run: () => begin("azure") },
          ]}
        >
          {shell.import}
        </Menu>
        <Button icon={lock.icon("add")} busy={busy} onClick={lock.unless(() => go({ kind: "add" }))}>
          {shell.add}
        </Button>
      </div>
    </nav>
  );
}
