import type { PageProps, Place } from "../place";
import { CheckPage } from "../profiles/check_page";
import { DiagnosePage } from "../profiles/diagnose_page";
import { FormPage } from "../profiles/form_page";
import { ImportPage } from "../profiles/import_page";
import { AboutPage } from "./about";
import { AccountsPage } from "./accounts";
import { LogsPage } from "./logs";
import { SettingsPage } from "./settings";

/** The pages beside those of a connection. */
export function Page({ place, ...page }: PageProps & { place: Place }) {
  switch (place.kind) {
    case "import":
      return <ImportPage key={place.plan.id} {...page} plan={place.plan} />;
    case "add":
      return <FormPage {...page} was={null} />;
    case "edit":
      return <FormPage {...page} was={place.profile} />;
    case "check":
      return <CheckPage {...page} profile={place.profile} />;
    case "diagnose":
      return <DiagnosePage {...page} profile={place.profile} />;
    case "accounts":
      return <AccountsPage {...page} />;
    case "settings":
      return <SettingsPage {...page} />;
    case "logs":
      return <LogsPage {...page} />;
    case "about":
      return <AboutPage {...page} />;
    case "welcome":
    case "profile":
      return null;
  }
}
