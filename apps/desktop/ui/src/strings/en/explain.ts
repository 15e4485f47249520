import type { Explanation, PortReply, Setting, Verdict, Way } from "../../types";

export const explain = {
  title: "Explain a host",
  label: "Host name, address or URL",
  hint: "Who answers for its name, which way its packets go, and whether it answers. Nothing is changed.",
  go: "Explain",
  running: "Looking at the way to it…",
  answer: "Answer",
  unreadable: "Type a host name, an address, or the URL of a page; a port may follow after a colon.",

  /** What was found and why, where the program's own words are not to be shown. */
  said: undefined as ((found: Explanation) => string[]) | undefined,

  /** What to do where no press of a button helps. */
  advice: {
    port_closed: "If the service has another port, add it after a colon.",
    outside_answer: "Another program on this computer answers for names. Show this to whoever looks after the computer.",
    resolver_in_the_way: "Show this to whoever looks after this computer.",
    tunnel_dns_silent: "Show this to whoever runs the virtual network.",
    no_tunnel_dns: "Add a DNS server to the profile.",
    not_connected: "Connect first.",
    other_rule: "Stop the other program, or show this to whoever looks after this computer.",
    route_refuses: "Show this to whoever looks after this computer.",
    silent_inside: "Show this to whoever runs the virtual network.",
    unreachable_inside: "Show this to whoever runs the virtual network.",
    no_network: "Connect this computer to a network.",
  } as Partial<Record<Verdict, string>>,

  mend: {
    ask_inside: (suffix) => `Ask the tunnel for names under ${suffix}`,
    lead_inside: (network) => `Lead ${network} into the tunnel`,
    keep_out_no_longer: (network) => `Let ${network} into the tunnel`,
  } as Record<Setting, (value: string) => string>,
  mendHint: "That is put into the profile, and the connection made anew.",

  programs: "Programs are told",
  inside: (server: string) => `${server} says`,
  noSuchName: "no such name",
  noAnswer: "no answer",
  ways: {
    here: "this computer",
    tunnel: "through the tunnel",
    link: "on this computer’s own network",
    router: "past the tunnel",
    refused: "refused",
    none: "no route",
  } as Record<Way, string>,
  replies: {
    open: (port) => `port ${port} open`,
    closed: (port) => `port ${port} closed`,
    silent: (port) => `port ${port} does not answer`,
    unreachable: (port) => `port ${port} unreachable`,
  } as Record<PortReply["kind"], (port: number) => string>,
};
