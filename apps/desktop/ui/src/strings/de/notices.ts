import type { Strings } from "..";

export const notices: Strings["notices"] = [
  [/^route (\S+) left out: no network has such addresses$/, (route) => `Route ${route} weggelassen: Kein Netz hat solche Adressen.`],
  [/^route (\S+) left out: it is the VPN gateway's own address$/, (route) => `Route ${route} weggelassen: Sie ist die Adresse des Gateways selbst.`],
  [/^route (\S+) left out: the tunnel has no (IPv[46]) address$/, (route, family) => `Route ${route} weggelassen: Der Tunnel hat keine ${family}-Adresse.`],
  [/^address (\S+) left out: IPv6 is switched off on this host$/, (address) => `Adresse ${address} weggelassen: IPv6 ist auf diesem Computer abgeschaltet.`],
  [/^(\d+) routes left out: more than (\d+) were asked for$/, (number, most) => `${number} Routen weggelassen: Es waren mehr als ${most}.`],
  [
    /^(\S+) in the tunnel overlaps (\S+) on (\S+): what is in both is reached by the longer prefix$/,
    (tunnel, local, link) => `${tunnel} im Tunnel überlappt ${local} an ${link}: Was in beiden liegt, wird über das längere Präfix erreicht.`,
  ],
  [
    /^the network on (\S+) leads (\S+) past the tunnel \(by DHCP/,
    (link, prefix) => `Das Netz an ${link} leitet ${prefix} am Tunnel vorbei (per DHCP oder als Router): Spoke leitet es in den Tunnel.`,
  ],
  [
    /^the network on (\S+) leads (\S+) past the tunnel, with a route that none can win over/,
    (link, prefix) => `Das Netz an ${link} leitet ${prefix} am Tunnel vorbei, mit einer Route, die sich nicht überbieten lässt: Trauen Sie diesem Netz nicht.`,
  ],
  [
    /^another program took the route to (\S+) away: Spoke has set it again$/,
    (prefix) => `Ein anderes Programm hat die Route zu ${prefix} entfernt: Spoke hat sie wieder gesetzt.`,
  ],
  [
    /^another program took a setting of (\S+) away: Spoke has set it again$/,
    (device) => `Ein anderes Programm hat eine Einstellung von ${device} entfernt: Spoke hat sie wieder gesetzt.`,
  ],
  [
    /^another program took the DNS in (\S+) away: Spoke has set it again$/,
    (file) => `Ein anderes Programm hat das DNS in ${file} entfernt: Spoke hat es wieder gesetzt.`,
  ],
  [
    /^(\S+) is kept out of the tunnel and this host has no other way to it$/,
    (prefix) => `${prefix} bleibt außerhalb des Tunnels, und dieser Computer hat keinen anderen Weg dorthin.`,
  ],
  [
    /^all IPv4 traffic goes into the tunnel; IPv6 traffic does not,/,
    () => "Aller IPv4-Verkehr geht in den Tunnel, IPv6-Verkehr nicht: Der Tunnel hat keine IPv6-Adresse oder -Route.",
  ],
  [/^MTU (\d+) is too small, (\d+) is used$/, (asked, used) => `Eine MTU von ${asked} ist zu klein; ${used} wird verwendet.`],
  [/^address (\S+) left out: no device can have it$/, (address) => `Adresse ${address} weggelassen: Kein Gerät kann sie haben.`],
  [/^DNS server (\S+) left out: it cannot be one$/, (server) => `DNS-Server ${server} weggelassen: Unter dieser Adresse kann keiner sein.`],
  [
    /^DNS server (\S+) is not in any route of the tunnel;/,
    (server) => `DNS-Server ${server} liegt in keiner Route des Tunnels. Lösen sich Namen nicht auf, fügen Sie dem Profil eine Route zu ihm hinzu.`,
  ],
  [
    /^DNS suffixes without a DNS server:/,
    () => "DNS-Suffixe ohne DNS-Server: Namen werden wie ohne Tunnel aufgelöst. Fügen Sie dem Profil einen Server hinzu.",
  ],
  [/^DNS suffix (".*") left out: it is no domain name$/, (suffix) => `DNS-Suffix ${suffix} weggelassen: Es ist kein Domänenname.`],
  [
    /^this host cannot resolve only some names in the tunnel/,
    () => "Dieser Computer kann nicht nur einen Teil der Namen im Tunnel auflösen (dazu braucht es systemd-resolved): Dort wird nach allen gefragt.",
  ],
  [
    /^the tunnel's DNS servers come without suffixes:/,
    () => "Die DNS-Server des Tunnels kommen ohne Suffixe: Nach Namen wird dort und bei den Servern dieses Computers gefragt.",
  ],
  [/^the gateway says: (.*)$/s, (words) => `Das Gateway sagt: ${words}`],
  [
    /^the gateway tried to set (".*"), which no gateway may; it was ignored$/,
    (setting) => `Das Gateway wollte ${setting} setzen, was keines darf; es wurde nicht beachtet.`,
  ],
  [
    /^the gateway wants addresses to be translated \(client-nat\)/,
    () => "Das Gateway will Adressen übersetzt haben (client-nat), was Spoke nicht tut; was dahinter liegt, ist nicht zu erreichen.",
  ],
  [/^the sign-in could not be renewed: /, () => "Die Anmeldung ließ sich nicht erneuern."],
  [
    /^Sign-ins are kept in (.*), readable by you alone but not encrypted\.$/,
    (file) => `Anmeldungen stehen in ${file}, nur für Sie lesbar, aber nicht verschlüsselt.`,
  ],
  [/^The sign-in could not be kept: /, () => "Die Anmeldung ließ sich nicht aufbewahren."],
  [/^The password could not be kept: /, () => "Das Kennwort ließ sich nicht aufbewahren."],
  [/^The password is not kept: there is no keyring\./, () => "Das Kennwort wird nicht aufbewahrt: Es gibt keinen Schlüsselbund."],
  [/^The gateway refused the password that was kept; it is forgotten\.$/, () => "Das Gateway hat das aufbewahrte Kennwort abgelehnt; es ist vergessen."],
  [/^The gateway refused the user name or the password\.$/, () => "Das Gateway hat den Benutzernamen oder das Kennwort abgelehnt."],
  [
    /^The sign-in would come back to port (\d+), which is taken/,
    (port) => `Die Anmeldung käme auf Port ${port} zurück, der belegt ist; es geht mit einem Code weiter.`,
  ],
  [/^The page could not be opened: /, () => "Die Seite ließ sich nicht öffnen. Kopieren Sie die Adresse in Ihren Browser."],
  [/^The settings of the window are not kept: /, () => "Die Einstellungen des Fensters lassen sich nicht aufbewahren."],
];
