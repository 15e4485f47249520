import type { Strings } from "..";
import type { AddressReport, Explanation } from "../../types";

export const explain: Strings["explain"] = {
  title: "Einen Host erklären",
  label: "Hostname, Adresse oder URL",
  hint: "Wer den Namen auflöst, welchen Weg die Pakete nehmen und ob er antwortet. Nichts wird verändert.",
  go: "Erklären",
  running: "Der Weg dorthin wird angesehen …",
  answer: "Antwort",
  unreadable: "Geben Sie einen Hostnamen, eine Adresse oder die URL einer Seite ein; nach einem Doppelpunkt kann ein Port folgen.",
  said,

  advice: {
    port_closed: "Hat der Dienst einen anderen Port, geben Sie ihn nach einem Doppelpunkt an.",
    outside_answer: "Ein anderes Programm auf diesem Computer löst Namen auf. Zeigen Sie dies dem, der den Computer betreut.",
    resolver_in_the_way: "Zeigen Sie dies dem, der diesen Computer betreut.",
    tunnel_dns_silent: "Zeigen Sie dies dem, der das virtuelle Netz betreibt.",
    no_tunnel_dns: "Tragen Sie einen DNS-Server ins Profil ein.",
    not_connected: "Verbinden Sie zuerst.",
    other_rule: "Beenden Sie das andere Programm, oder zeigen Sie dies dem, der diesen Computer betreut.",
    route_refuses: "Zeigen Sie dies dem, der diesen Computer betreut.",
    silent_inside: "Zeigen Sie dies dem, der das virtuelle Netz betreibt.",
    unreachable_inside: "Zeigen Sie dies dem, der das virtuelle Netz betreibt.",
    no_network: "Verbinden Sie diesen Computer mit einem Netz.",
  },

  mend: {
    ask_inside: (suffix) => `Namen unter ${suffix} im Tunnel auflösen`,
    lead_inside: (network) => `${network} in den Tunnel führen`,
    keep_out_no_longer: (network) => `${network} in den Tunnel lassen`,
  },
  mendHint: "Das kommt ins Profil, und die Verbindung wird neu hergestellt.",

  programs: "Programme erfahren",
  inside: (server) => `${server} sagt`,
  noSuchName: "kein solcher Name",
  noAnswer: "keine Antwort",
  ways: {
    here: "dieser Computer",
    tunnel: "durch den Tunnel",
    link: "im eigenen Netz dieses Computers",
    router: "am Tunnel vorbei",
    refused: "abgewiesen",
    none: "keine Route",
  },
  replies: {
    open: (port) => `Port ${port} offen`,
    closed: (port) => `Port ${port} geschlossen`,
    silent: (port) => `Port ${port} antwortet nicht`,
    unreachable: (port) => `Port ${port} nicht erreichbar`,
  },
};

/** What was found, then why. */
function said(found: Explanation): string[] {
  return found.name === null || found.addresses.some(({ only_inside }) => !only_inside) ? ofAddress(found) : ofName(found);
}

function ofName({ target, verdict, name, mend }: Explanation): string[] {
  const resolver = name?.resolver ?? "";
  switch (verdict) {
    case "not_asked_inside":
      return [`${target} wird außerhalb des Tunnels gefragt, wo niemand den Namen kennt.`, ...inside(name)];
    case "resolver_in_the_way":
      return [
        `Die Server des Tunnels kennen ${target}, aber Programme bekommen keine Antwort.`,
        ...inside(name),
        `${resolver} soll dort fragen und tut es nicht, oder merkt sich eine alte Antwort.`,
      ];
    case "tunnel_dns_silent":
      return [
        `${target} wird nicht aufgelöst: Die DNS-Server des Tunnels antworten nicht.`,
        mend === null
          ? "Sie sind außer Betrieb, oder innen lässt etwas keine Fragen durch (Port 53)."
          : `Zu ${mend.value} führt keine Route durch den Tunnel.`,
      ];
    case "no_tunnel_dns":
      return [`${target} wird nicht aufgelöst, und der Tunnel hat keinen DNS-Server.`, "Weder das Gateway noch das Profil nennt einen."];
    case "not_connected":
      return [`${target} wird nicht aufgelöst, und es besteht keine Verbindung.`];
    default:
      return [
        `Den Namen ${target} gibt es nicht, weder innen noch außen.`,
        "Prüfen Sie die Schreibweise, oder fragen Sie den, der das DNS des virtuellen Netzes betreibt.",
      ];
  }
}

function ofAddress(found: Explanation): string[] {
  const { target, verdict, port, name, mend } = found;
  const report = counted(found.addresses);
  const address = report?.address ?? target;
  const route = [report?.route?.prefix, report?.route?.interface].filter((part) => part != null).join(" über ");
  const how = report?.way === "tunnel" ? "durch den Tunnel" : "am Tunnel vorbei";
  switch (verdict) {
    case "reached_inside":
    case "reached_outside":
      return [`${target} ist ${how} erreichbar; Port ${port} ist offen.`];
    case "this_computer":
      return [`${address} ist dieser Computer selbst.`];
    case "port_closed":
      return [`${target} antwortet ${how}, aber an Port ${port} lauscht nichts.`];
    case "outside_answer":
      return [
        `${target} führt außerhalb des Tunnels gefragt zu ${address}.`,
        ...inside(name),
        mend === null
          ? `Gefragt werden sollen die Server des Tunnels, aber ${name?.resolver ?? ""} antwortet anders.`
          : `Nach Namen unter ${mend.value} werden die Server des Tunnels nicht gefragt.`,
      ];
    case "overlap":
      return [`${address} gehört zum virtuellen Netz, aber ein Netz dieses Computers hat dieselben Adressen: ${route}.`];
    case "other_route":
      return [
        `Eine Route, die nicht von Spoke ist, führt ${address} am Tunnel vorbei: ${route}.`,
        "Ein anderes VPN oder das Netz (DHCP) kann sie gesetzt haben.",
      ];
    case "other_rule":
      return [`Eine Regel eines anderen Programms führt ${address} am Tunnel vorbei.`];
    case "excluded":
      return [`${address} ist vom Tunnel ausgenommen und antwortet außen nicht.`, "Das Profil oder das Gateway nimmt es aus."];
    case "no_route":
      return [`Keine Route führt ${address} in den Tunnel.`, "Weder das Gateway noch das Profil nennt sein Netz."];
    case "route_refuses":
      return [`Eine Route dieses Computers weist ${address} ab.`];
    case "silent_inside":
      return [
        `${address} wird in den Tunnel geführt, aber nichts kommt zurück.`,
        `Der Host ist aus, innen lässt eine Firewall oder Netzwerksicherheitsgruppe Port ${port} nicht durch, oder dem virtuellen Netz fehlt der Weg zurück.`,
      ];
    case "unreachable_inside":
      return [`${address} wird in den Tunnel geführt; von dort führt kein Weg weiter.`];
    case "silent_outside":
      return [
        `${address} ist eine öffentliche Adresse am Tunnel vorbei und antwortet an Port ${port} nicht.`,
        "Der Host ist aus, oder unterwegs lässt eine Firewall nichts durch.",
      ];
    case "not_connected":
      return [`${address} antwortet nicht, und es besteht keine Verbindung.`];
    default:
      return [`Dieser Computer hat keine Route zu ${address}: Er ist in keinem Netz.`];
  }
}

/** The address that the verdict is about: what is open before what answers, before all others. */
function counted(all: AddressReport[]): AddressReport | undefined {
  const here = all.filter(({ only_inside }) => !only_inside);
  const replied = (kind: string) => here.find(({ reply }) => reply.kind === kind);
  return replied("open") ?? replied("closed") ?? here[0];
}

function inside(name: Explanation["name"]): string[] {
  const known = name?.inside.find(({ answer }) => answer.kind === "addresses");
  if (known?.answer.kind !== "addresses") return [];
  return [`Durch den Tunnel gefragt, sagt ${known.server}: ${known.answer.addresses[0] ?? ""}.`];
}
