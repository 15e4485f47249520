import type { Strings } from "..";

export const notices: Strings["notices"] = {
  other: null,
  absurd_route: (route) => `Route ${route} weggelassen: Kein Netz hat solche Adressen.`,
  route_to_gateway: (route) => `Route ${route} weggelassen: Sie ist die Adresse des Gateways selbst.`,
  no_address_for: (route, family) => `Route ${route} weggelassen: Der Tunnel hat keine ${family}-Adresse.`,
  ipv6_off: (address) => `Adresse ${address} weggelassen: IPv6 ist auf diesem Computer abgeschaltet.`,
  too_many_routes: (number, most) => `${number} Routen weggelassen: Es waren mehr als ${most}.`,
  overlap: (tunnel, local, link) =>
    `${tunnel} im Tunnel überlappt ${local} an ${link}: Was in beiden liegt, wird über das längere Präfix erreicht.`,
  announced: (link, prefix) => `Das Netz an ${link} leitet ${prefix} am Tunnel vorbei (per DHCP oder als Router): Spoke leitet es in den Tunnel.`,
  not_outdone: (link, prefix) =>
    `Das Netz an ${link} leitet ${prefix} am Tunnel vorbei, mit einer Route, die sich nicht überbieten lässt: Trauen Sie diesem Netz nicht.`,
  route_set_again: (prefix) => `Ein anderes Programm hat die Route zu ${prefix} entfernt: Spoke hat sie wieder gesetzt.`,
  device_set_again: (device) => `Ein anderes Programm hat eine Einstellung von ${device} entfernt: Spoke hat sie wieder gesetzt.`,
  dns_set_again: (file) => `Ein anderes Programm hat das DNS in ${file} entfernt: Spoke hat es wieder gesetzt.`,
  link_dns_set_again: (device) => `Ein anderes Programm hat das DNS von ${device} in systemd-resolved entfernt: Spoke hat es wieder gesetzt.`,
  lockdown_set_again: () => "Ein anderes Programm hat die Sperre entfernt: Spoke hat sie wieder gesetzt.",
  not_set_again: () => "Was ein anderes Programm am Netz geändert hat, ließ sich nicht wieder setzen.",
  no_way_to: (prefix) => `${prefix} bleibt außerhalb des Tunnels, und dieser Computer hat keinen anderen Weg dorthin.`,
  ipv6_outside: () => "Aller IPv4-Verkehr geht in den Tunnel, IPv6-Verkehr nicht: Der Tunnel hat keine IPv6-Adresse oder -Route.",
  mtu_raised: (asked, used) => `Eine MTU von ${asked} ist zu klein; ${used} wird verwendet.`,
  absurd_address: (address) => `Adresse ${address} weggelassen: Kein Gerät kann sie haben.`,
  absurd_server: (server) => `DNS-Server ${server} weggelassen: Unter dieser Adresse kann keiner sein.`,
  server_outside: (server) =>
    `DNS-Server ${server} liegt in keiner Route des Tunnels. Lösen sich Namen nicht auf, fügen Sie dem Profil eine Route zu ihm hinzu.`,
  suffixes_without_server: () => "DNS-Suffixe ohne DNS-Server: Namen werden wie ohne Tunnel aufgelöst. Fügen Sie dem Profil einen Server hinzu.",
  bad_suffix: (suffix) => `DNS-Suffix ${suffix} weggelassen: Es ist kein Domänenname.`,
  cannot_split: () =>
    "Dieser Computer kann nicht nur einen Teil der Namen im Tunnel auflösen (dazu braucht es systemd-resolved): Dort wird nach allen gefragt.",
  asked_both: () => "Die DNS-Server des Tunnels kommen ohne Suffixe: Nach Namen wird dort und bei den Servern dieses Computers gefragt.",
  all_asked_inside: () =>
    "Die DNS-Server des Tunnels kommen ohne Suffixe und werden nach allen Namen gefragt. Fügen Sie dem Profil Suffixe hinzu, damit sie nur nach diesen gefragt werden.",
  gateway_says: (words) => `Das Gateway sagt: ${words}`,
  forbidden_option: (option) => `Das Gateway wollte „${option}“ setzen, was keines darf; es wurde nicht beachtet.`,
  translation_wanted: () =>
    "Das Gateway will Adressen übersetzt haben (client-nat), was Spoke nicht tut; was dahinter liegt, ist nicht zu erreichen.",
  ignored: () => "Das Gateway hat etwas geschickt, was hier keinen Sinn ergibt; es wurde nicht beachtet.",
  renegotiation_failed: () => "Der Schlüssel ließ sich nicht erneuern; der alte gilt weiter.",
  way_troubled: () => "Der Weg zum Gateway ist unterbrochen; Spoke wartet, bis er wieder da ist.",
  secondary_gateway: (profile) => `Dies ist ein Gateway des Zweitprofils ${profile}.`,
  locked: () => "Sperre: Nichts verlässt diesen Computer außer durch den Tunnel.",
  locked_for_sign_in: () => "Sperre: Nichts verlässt diesen Computer außer durch den Tunnel und zu den Webseiten einer Anmeldung.",
  sign_in_not_renewed: () => "Die Anmeldung ließ sich nicht erneuern.",
  kept_in_file: (file) => `Anmeldungen stehen in ${file}, nur für Sie lesbar, aber nicht verschlüsselt.`,
  sign_in_not_kept: () => "Die Anmeldung ließ sich nicht aufbewahren.",
  sign_in_forgotten: () =>
    "Diese Anmeldung endet mit dem Programm: Es gibt keinen Schlüsselbund, oder das Profil erlaubt nicht, sie aufzubewahren.",
  password_not_kept: () => "Das Kennwort ließ sich nicht aufbewahren.",
  password_forgotten: () => "Das Kennwort wird nicht aufbewahrt: Es gibt keinen Schlüsselbund.",
  kept_password_refused: () => "Das Gateway hat das aufbewahrte Kennwort abgelehnt; es ist vergessen.",
  password_refused: () => "Das Gateway hat den Benutzernamen oder das Kennwort abgelehnt.",
  port_taken: (port) => `Die Anmeldung käme auf Port ${port} zurück, der belegt ist; es geht mit einem Code weiter.`,
  token_doubtful: (claim) => `Die Anmeldung passt vielleicht nicht zum Gateway (${claim}).`,
  certificate_expires: (name, days) => `Das Clientzertifikat von ${name} läuft in ${days} Tagen ab.`,
  page_not_opened: () => "Die Seite ließ sich nicht öffnen. Kopieren Sie die Adresse in Ihren Browser.",
  secrets_left: (profile) => `Geheimnisse von ${profile} sind noch im Schlüsselbund.`,
};
