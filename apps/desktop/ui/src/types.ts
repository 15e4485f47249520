// Written by `cargo xtask types` from the types of core/view, core/api, core/diagnose and core/profile.

/**
 * What the About page says.
 */
export type About = { 
/**
 * Version of the window's program.
 */
version: string, 
/**
 * Version of the daemon, when it is there.
 */
daemon: string | null, 
/**
 * Where profiles are kept.
 */
profiles: string, 
/**
 * Where sign-ins are kept, in words.
 */
keyring: string, 
/**
 * The daemon's socket.
 */
socket: string, };

/**
 * Somebody who is signed in.
 */
export type Account = { 
/**
 * Who ("ana@contoso.com"), when the sign-in server said so.
 */
name: string | null, 
/**
 * Where: `https://{host}/{tenant}`.
 */
authority: string, 
/**
 * When the access token expires, Unix time in seconds.
 */
expires: number, 
/**
 * Whether it can be renewed without asking.
 */
renewable: boolean, };

/**
 * What became of one address.
 */
export type AddressReport = { 
/**
 * Which.
 */
address: string, 
/**
 * Whether only the tunnel's servers know it.
 */
only_inside: boolean, 
/**
 * Which way its packets go.
 */
way: Way, 
/**
 * The route that decides it.
 */
route: HostRoute | null, 
/**
 * What a TCP connection to the port came to.
 */
reply: PortReply, };

/**
 * What the user did about a [`UserPrompt`]. It may hold a password, so it cannot be
 * printed, and what it holds is zeroed on drop.
 */
export type Answer = { "kind": "password", 
/**
 * The user name.
 */
username: string, 
/**
 * The password.
 */
password: string, 
/**
 * Whether it is to be kept.
 */
remember: boolean, } | { "kind": "text", 
/**
 * What was typed.
 */
text: string, } | { "kind": "yes" } | { "kind": "no" } | { "kind": "cancel" };

/**
 * Light or dark.
 */
export type Appearance = "system" | "light" | "dark";

/**
 * A server, and what it answers.
 */
export type Asked = { 
/**
 * Which server.
 */
server: string, 
/**
 * Its answer.
 */
answer: NameAnswer, };

/**
 * A client certificate in use.
 */
export type Certificate = { 
/**
 * Who it is for.
 */
subject: string, 
/**
 * Who issued it.
 */
issuer: string, 
/**
 * End of its validity, Unix time in seconds.
 */
expires: number, };

/**
 * What is connected when the user's session begins.
 */
export type ConnectAtLogin = "off" | "last" | { "profile": string };

/**
 * One connection as clients see it.
 */
export type Connection = { 
/**
 * Name of the profile.
 */
profile: string, 
/**
 * User id of its owner.
 */
owner: number, 
/**
 * What it is doing.
 */
phase: Phase, 
/**
 * When this phase began, Unix time in milliseconds.
 */
since_ms: number, 
/**
 * When traffic first flowed in this session, Unix time in milliseconds.
 */
connected_at_ms: number | null, 
/**
 * Stages of the current or last attempt, in the order they happen.
 */
stages: Array<StageReport>, 
/**
 * Where the sign-in waits for the user.
 */
sign_in: SignInProgress | null, 
/**
 * Who is signed in.
 */
account: string | null, 
/**
 * The client certificate that is shown to the gateway.
 */
certificate: Certificate | null, 
/**
 * When the token expires, Unix time in seconds.
 */
sign_in_expires: number | null, 
/**
 * When it is renewed, Unix time in seconds.
 */
sign_in_renews: number | null, 
/**
 * The gateway in use.
 */
gateway: Gateway | null, 
/**
 * Tunnel device.
 */
interface: string | null, 
/**
 * Its addresses.
 */
addresses: string[], 
/**
 * Its MTU in bytes.
 */
mtu: number | null, 
/**
 * Prefixes routed into the tunnel.
 */
routes: string[], 
/**
 * Prefixes kept out of it.
 */
excluded: string[], 
/**
 * DNS as set for the tunnel.
 */
dns: DnsState | null, 
/**
 * Data cipher in use, by its OpenVPN name.
 */
cipher: string | null, 
/**
 * TLS version of the control channel.
 */
tls: string | null, 
/**
 * What this client tells the gateway of itself.
 */
description: Description | null, 
/**
 * Bytes through the tunnel since it was connected.
 */
traffic: Traffic, 
/**
 * What the user should know although it is no failure.
 */
notices: Array<Notice>, 
/**
 * Options that the gateway pushed and Spoke does not use, for `status -v`.
 */
unused_options: Array<string>, 
/**
 * Why it failed, or why it is reconnecting.
 */
problem: Problem | null, 
/**
 * When the next attempt begins, Unix time in seconds, while it waits for that.
 */
next_try: number | null, };

/**
 * Whether the daemon is there.
 */
export type DaemonLink = { "kind": "searching" } | { "kind": "connected", 
/**
 * Its version.
 */
version: string, } | { "kind": "missing", 
/**
 * Why.
 */
problem: Problem, 
/**
 * The command that starts it, for the user to copy.
 */
start: string, };

/**
 * What this client tells a gateway of itself: some accept only what Microsoft's own
 * client says.
 */
export type Description = "ordinary" | "stock" | "stock_after_refusal" | "stock_remembered";

/**
 * One field in which two profiles differ.
 */
export type Difference = { 
/**
 * The field, by its name in the document `spoke.profile/1`, or `server_secret`.
 */
field: string, 
/**
 * What the first has; absent when it has none. Secrets are not shown.
 */
before: string | null, 
/**
 * What the second has; absent when it has none.
 */
after: string | null, };

/**
 * Which names go into the tunnel.
 */
export type DnsMode = "split" | "full";

/**
 * DNS of the tunnel.
 */
export type DnsState = { 
/**
 * Which names go into the tunnel.
 */
mode: DnsMode, 
/**
 * Resolvers inside.
 */
servers: Array<string>, 
/**
 * Names they answer for.
 */
suffixes: Array<string>, 
/**
 * What carries it out: `systemd-resolved`, `resolv.conf`.
 */
manager: string, };

/**
 * Why a target can, or cannot, be reached.
 */
export type Explanation = { 
/**
 * The host, as it was understood.
 */
target: string, 
/**
 * The TCP port that was tried.
 */
port: number, 
/**
 * What was found.
 */
verdict: Verdict, 
/**
 * Whether it can be reached, by the way on which it should be.
 */
reached: boolean, 
/**
 * The verdict in one sentence.
 */
summary: string, 
/**
 * Why it is so, one sentence each.
 */
causes: Array<string>, 
/**
 * What to do about it; on the command line a command to type.
 */
fix: string | null, 
/**
 * The same where it is the change of one setting, for programs that can make it.
 */
mend: Mend | null, 
/**
 * What became of the name; absent for addresses.
 */
name: NameReport | null, 
/**
 * What became of the addresses, those that programs get first.
 */
addresses: Array<AddressReport>, };

/**
 * The form of an exported profile.
 */
export type ExportFormat = "azure" | "spoke";

/**
 * A profile to be written to a file.
 */
export type ExportRequest = { 
/**
 * Which one.
 */
profile: string, 
/**
 * Where to.
 */
path: string, 
/**
 * In which form.
 */
format: ExportFormat, 
/**
 * Whether the server secret goes with it.
 */
with_secret: boolean, };

/**
 * A field of [`ProfileForm`].
 */
export type Field = "name" | "server" | "root" | "secret" | "sign_in" | "tenant" | "audience" | "issuer" | "username" | "secondary_server" | "dns_servers" | "dns_suffixes" | "include" | "exclude" | "force_tunnel";

/**
 * What is wrong with a field.
 */
export type FieldFault = { 
/**
 * Which one.
 */
field: Field, 
/**
 * The field is empty and must not be: said only when the user is done with it.
 */
missing: boolean, 
/**
 * What is wrong.
 */
message: string, 
/**
 * What to do.
 */
next: string, };

/**
 * Something that a reader of a profile should know, although the profile is usable.
 */
export type Finding = { 
/**
 * What kind of finding it is; stable, for scripts and for the documentation.
 */
code: FindingCode, 
/**
 * How much it matters.
 */
severity: Severity, 
/**
 * Path of the element below the root, such as `clientauth/aad/issuer`, or the
 * key of `spoke profile set`; empty for the file as a whole.
 */
element: string, 
/**
 * What was found, as a sentence.
 */
message: string, 
/**
 * What Spoke did about it, or what the user can do.
 */
fix: string, };

/**
 * The kinds of [`Finding`]. The texts are stable.
 */
export type FindingCode = "encoding-mismatch" | "unknown-element" | "newer-version" | "mdm-wrapper" | "duplicate-element" | "name-missing" | "name-trimmed" | "host-trimmed" | "host-was-url" | "host-encoded" | "server-empty" | "server-port" | "transport-udp" | "secret-reformatted" | "secret-supplied" | "thumbprint-reformatted" | "no-pinned-root" | "root-not-pinned" | "root-unknown" | "root-ignored" | "server-name-override" | "auth-inferred" | "auth-synonym" | "password-ignored" | "certificate-ignored" | "tenant-completed" | "tenant-shortened" | "tenant-shared" | "authority-trusted" | "issuer-slash" | "issuer-missing" | "issuer-other-tenant" | "audience-trimmed" | "audience-retiring" | "client-id-unusual" | "suffix-normalised" | "suffix-typo" | "dns-server-useless" | "suffix-without-server" | "mask-style" | "host-bits" | "route-both" | "routes-many" | "full-tunnel" | "directive-ignored" | "certificate-wanted" | "certificate-name-any" | "password-apart" | "cipher-unknown" | "compression-off" | "connection-left-out" | "secondary-none";

/**
 * What can be forbidden.
 */
export type Forbidden = "change-profiles" | "show-secrets";

/**
 * What a form amounts to.
 */
export type FormReport = { 
/**
 * What keeps it from being saved, in the order of the form.
 */
faults: Array<FieldFault>, 
/**
 * What would be repaired or looks wrong, when there are no faults.
 */
findings: Array<Finding>, 
/**
 * Hexadecimal digits in the secret so far; 512 are needed.
 */
secret_digits: number, };

/**
 * The gateway in use.
 */
export type Gateway = { 
/**
 * Host name from the profile.
 */
host: string, 
/**
 * Address and port of the transport.
 */
address: string | null, 
/**
 * Place in the profile's list; 0 is the primary.
 */
position: number, 
/**
 * Round-trip time of the control channel in microseconds, when measured.
 */
rtt_us: number | null, };

/**
 * One route, whoever set it.
 */
export type HostRoute = { 
/**
 * Where to.
 */
prefix: string, 
/**
 * The link it leaves by; none for routes that refuse.
 */
interface: string | null, 
/**
 * The router, if any.
 */
gateway: string | null, 
/**
 * Lower wins between equal prefixes.
 */
metric: number, 
/**
 * Whether Spoke set it.
 */
ours: boolean, };

/**
 * What to do with one profile of a plan. Those without a choice are not saved.
 * It may hold a secret, so it cannot be printed.
 */
export type ImportChoice = { 
/**
 * Which one: [`PlannedProfile::index`].
 */
index: number, 
/**
 * The name to save it under.
 */
name: string, 
/**
 * What to do when that name is taken.
 */
on_clash: OnClash, 
/**
 * Places in [`PlannedProfile::repairs`] that are to be undone.
 */
undo: Array<number>, 
/**
 * The user trusts [`PlannedProfile::untrusted_authority`].
 */
trust_authority: boolean, 
/**
 * The server secret, with [`PlannedProfile::needs_secret`].
 */
secret?: string, 
/**
 * Whether the password of [`PlannedProfile::has_password`] is to be kept.
 */
keep_password?: boolean, };

/**
 * What was found in the files that the user gave, for the user to choose from. The
 * profiles themselves stay behind under [`ImportPlan::id`], with their secrets.
 */
export type ImportPlan = { 
/**
 * Number to be given back with the choices.
 */
id: number, 
/**
 * Where it was looked.
 */
source: ImportSource, 
/**
 * What can be saved.
 */
profiles: Array<PlannedProfile>, 
/**
 * What looked like a profile and is none.
 */
refused: Array<RefusedFile>, 
/**
 * What else is worth telling, as sentences.
 */
notes: Array<string>, };

/**
 * Where profiles were looked for.
 */
export type ImportSource = { "kind": "files", 
/**
 * Their names, without folders.
 */
names: Array<string>, } | { "kind": "azure_vpn_client", 
/**
 * Those that exist.
 */
folders: Array<string>, };

/**
 * Language of the window.
 */
export type Language = "system" | "english" | "german";

/**
 * Whose sign-ins are to be forgotten.
 */
export type Leaving = { "kind": "everybody" } | { "kind": "account", 
/**
 * Who ("ana@contoso.com").
 */
name: string, } | { "kind": "unnamed", 
/**
 * Where: `https://{host}/{tenant}`.
 */
authority: string, } | { "kind": "profile", 
/**
 * The profile's name.
 */
profile: string, };

/**
 * What an administrator has decided in the user's place, as far as the window has controls
 * for it.
 */
export type Locks = { 
/**
 * Who decided, as users are told; absent when the administrator gave no name.
 */
organisation: string | null, 
/**
 * Where users may ask, such as a web or mail address.
 */
contact: string | null, 
/**
 * The settings that have one value for everybody, by their keys.
 */
settings: Array<string>, 
/**
 * What users may not do.
 */
forbidden: Array<Forbidden>, };

/**
 * One line of the daemon's log.
 */
export type LogLine = { 
/**
 * Unix time in milliseconds.
 */
at_ms: number, 
/**
 * `error`, `warn`, `info`, `debug` or `trace`.
 */
level: string, 
/**
 * The text, without secrets.
 */
text: string, };

/**
 * A change of one setting of a profile. Connections keep the settings that they were made
 * with, so it counts from the next on.
 */
export type Mend = { 
/**
 * Of which profile.
 */
profile: string, 
/**
 * Which setting.
 */
setting: Setting, 
/**
 * The suffix or network that it is about.
 */
value: string, };

/**
 * What came of a question for a name's addresses.
 */
export type NameAnswer = { "kind": "addresses", 
/**
 * In the order of the answer.
 */
addresses: Array<string>, } | { "kind": "no_address" } | { "kind": "silent" } | { "kind": "failed", 
/**
 * What was said.
 */
why: string, };

/**
 * What became of a name.
 */
export type NameReport = { 
/**
 * Whether programs are answered by the tunnel's servers.
 */
asked_inside: boolean, 
/**
 * The suffix of the tunnel's that it is under.
 */
suffix: string | null, 
/**
 * Who answers names on this computer.
 */
resolver: string, 
/**
 * What programs on this computer are answered.
 */
here: NameAnswer, 
/**
 * What each of the tunnel's servers answers.
 */
inside: Array<Asked>, };

/**
 * What the user should know although it is no failure.
 */
export type Notice = { 
/**
 * Stable code: what programs look at, and translations go by.
 */
code: NoticeCode, 
/**
 * What the sentence is about, in its order: prefixes, names, numbers.
 */
about: Array<string>, 
/**
 * The sentence, in English.
 */
text: string, };

/**
 * Stable codes of notices. In parentheses: what a notice of this code is about.
 */
export type NoticeCode = "other" | "absurd_route" | "route_to_gateway" | "no_address_for" | "ipv6_off" | "too_many_routes" | "overlap" | "announced" | "not_outdone" | "route_set_again" | "device_set_again" | "dns_set_again" | "link_dns_set_again" | "lockdown_set_again" | "not_set_again" | "no_way_to" | "ipv6_outside" | "mtu_raised" | "absurd_address" | "absurd_server" | "server_outside" | "suffixes_without_server" | "bad_suffix" | "cannot_split" | "asked_both" | "all_asked_inside" | "gateway_says" | "forbidden_option" | "translation_wanted" | "ignored" | "renegotiation_failed" | "way_troubled" | "secondary_gateway" | "locked" | "locked_for_sign_in" | "sign_in_not_renewed" | "kept_in_file" | "sign_in_not_kept" | "sign_in_forgotten" | "password_not_kept" | "password_forgotten" | "kept_password_refused" | "password_refused" | "port_taken" | "token_doubtful" | "certificate_expires" | "page_not_opened" | "secrets_left";

/**
 * What to do when a name is taken.
 */
export type OnClash = "refuse" | "replace";

/**
 * What a connection is doing.
 */
export type Phase = "disconnected" | "connecting" | "signing_in" | "connected" | "reconnecting" | "paused" | "blocked" | "disconnecting" | "failed";

/**
 * Everything the window shows that is not of the window's own making. It holds no
 * secrets.
 */
export type Picture = { 
/**
 * Whether the daemon is there.
 */
daemon: DaemonLink, 
/**
 * What the daemon says; without a connection when it is not there.
 */
state: State, 
/**
 * The user's profiles, by name.
 */
profiles: Array<ProfileSummary>, 
/**
 * Profiles that cannot be read, and why.
 */
damaged: Array<Problem>, 
/**
 * Where something waits for the user.
 */
prompt: UserPrompt | null, 
/**
 * What is worth knowing and no failure, newest last.
 */
notices: Array<Notice>, 
/**
 * A profile file that was opened from outside and waits to be looked at.
 */
opened: ImportPlan | null, 
/**
 * Who is signed in.
 */
accounts: Array<Account>, 
/**
 * The user's choices for the window.
 */
preferences: Preferences, 
/**
 * What an administrator has decided in the user's place.
 */
locks: Locks, 
/**
 * Whether there is a tray that shows the icon; without one the window may not hide.
 */
tray: boolean, };

/**
 * A profile that can be saved.
 */
export type PlannedProfile = { 
/**
 * Its place in the plan, to be given back.
 */
index: number, 
/**
 * The file, inside the package when it came in one.
 */
path: string, 
/**
 * The name it has; with a number when one before it in the plan has the same.
 */
name: string, 
/**
 * All its fields, grouped as in the form.
 */
groups: Array<RowGroup>, 
/**
 * What was repaired.
 */
repairs: Array<Repair>, 
/**
 * What is worth knowing, warnings first; without the repairs.
 */
findings: Array<Finding>, 
/**
 * How it differs from the stored profile of that name: not at all when it is saved
 * already. Absent when the name is free.
 */
clash: Array<Difference> | null, 
/**
 * A name that is free, for keeping both.
 */
free_name: string, 
/**
 * The file names a sign-in host that is not Microsoft's: the user has to trust it.
 */
untrusted_authority: string | null, 
/**
 * The private key comes in a file under a password, which is asked for on saving.
 */
needs_file_password: boolean, 
/**
 * The file was exported without its server secret: [`ImportChoice::secret`] is needed.
 */
needs_secret: boolean, 
/**
 * The file brings a password of the user's, which can be kept in the keyring.
 */
has_password: boolean, };

/**
 * What a TCP connection came to.
 */
export type PortReply = { "kind": "open" } | { "kind": "closed" } | { "kind": "silent" } | { "kind": "unreachable", 
/**
 * What was said.
 */
why: string, };

/**
 * The user's choices for the window and for connections in general.
 */
export type Preferences = { 
/**
 * Language of the window.
 */
language: Language, 
/**
 * Light or dark.
 */
appearance: Appearance, 
/**
 * Start with the user's session.
 */
start_at_login: boolean, 
/**
 * Show notifications.
 */
notifications: boolean, 
/**
 * Closing the window leaves the program in the tray, where there is one.
 */
close_to_tray: boolean, 
/**
 * What is connected when the user's session begins.
 */
connect_at_login: ConnectAtLogin, 
/**
 * How to sign in, where the user is asked.
 */
sign_in: SignInWay, 
/**
 * Nothing leaves this computer but through the tunnel, from a connect to the disconnect.
 */
lockdown: boolean, };

/**
 * What a test of a gateway found, stage by stage up to the sign-in. Nothing on the host
 * was changed for it.
 */
export type ProbeReport = { 
/**
 * The stages that were tried.
 */
stages: Array<StageReport>, 
/**
 * The gateway that was tried last.
 */
gateway: Gateway | null, 
/**
 * Why it ended early; absent when the gateway got as far as asking for a sign-in.
 */
problem: Problem | null, };

/**
 * Something that went wrong, in one shape for exit codes, window texts and tests.
 */
export type Problem = { 
/**
 * Stable code: what programs look at.
 */
code: ProblemCode, 
/**
 * What happened and to which object, one sentence.
 */
summary: string, 
/**
 * The probable cause, when there is more to say than the summary does.
 */
cause: string | null, 
/**
 * What to do next; on the command line a command to type.
 */
hint: string, 
/**
 * What the program itself does about it.
 */
remedy: Remedy, 
/**
 * What a support person wants to see (AADSTS code, correlation id, names seen).
 */
details: Array<string>, };

/**
 * Stable codes of problems.
 */
export type ProblemCode = "other" | "usage" | "not_connected" | "sign_in_needed" | "sign_in_refused" | "gateway_not_found" | "gateway_unreachable" | "proxy_refused" | "gateway_silent" | "gateway_closed" | "gateway_untrusted" | "tls_failed" | "credentials_refused" | "session_ended" | "protocol_error" | "host_setup" | "daemon_unavailable" | "profile_invalid" | "profile_not_found" | "policy" | "not_permitted" | "conflict" | "timed_out" | "cancelled";

/**
 * A stored profile in full, without its secrets.
 */
export type ProfileDetail = { 
/**
 * As in the list.
 */
summary: ProfileSummary, 
/**
 * All fields, grouped as in the form.
 */
groups: Array<RowGroup>, 
/**
 * What is worth knowing about it.
 */
findings: Array<Finding>, 
/**
 * The profile as it comes into the form.
 */
form: ProfileForm, 
/**
 * The profile has a client certificate whose private key is in the keyring.
 */
has_private_key: boolean, 
/**
 * What an Azure file cannot hold of it, by the keys of `spoke profile set`.
 */
lost_in_azure: Array<string>, };

/**
 * A profile as it is typed: every field holds what stands in its box. It may hold the
 * server secret, so it cannot be printed.
 */
export type ProfileForm = { 
/**
 * Connection Name.
 */
name: string, 
/**
 * VPN Server: a host name, with a port when it is not 443.
 */
server: string, 
/**
 * Certificate Information.
 */
root: RootChoice, 
/**
 * Server Secret, in hexadecimal digits; absent when the stored one is to stay, which
 * is how a stored profile comes into the form.
 */
secret: string | null, 
/**
 * Authentication Type.
 */
sign_in: SignInKind, 
/**
 * Tenant, with [`SignInKind::Entra`].
 */
tenant: string, 
/**
 * Audience, with [`SignInKind::Entra`].
 */
audience: string, 
/**
 * Issuer, with [`SignInKind::Entra`]; empty for the tenant's own.
 */
issuer: string, 
/**
 * User name, with [`SignInKind::Password`]; may be empty.
 */
username: string, 
/**
 * The tenant's sign-in host, when the user trusts it although it is not Microsoft's:
 * with its port when that is not 443.
 */
trusted_authority: string | null, 
/**
 * A secondary server; may be empty.
 */
secondary_server: string, 
/**
 * Addresses, separated by commas, white space or lines.
 */
dns_servers: string, 
/**
 * Suffixes, separated likewise.
 */
dns_suffixes: string, 
/**
 * Prefixes to route into the tunnel beside the gateway's, separated likewise.
 */
include: string, 
/**
 * Prefixes to keep out of the tunnel, separated likewise.
 */
exclude: string, 
/**
 * All traffic goes into the tunnel.
 */
force_tunnel: boolean, };

/**
 * One profile in the list.
 */
export type ProfileSummary = { 
/**
 * Its name, unique.
 */
name: string, 
/**
 * Its first gateway.
 */
server: string, 
/**
 * Who signs in with it, when known.
 */
account: string | null, 
/**
 * The form cannot hold all of it (a profile from an `.ovpn` file): it can be shown,
 * renamed and exported, but its fields are changed on the command line.
 */
beyond_form: boolean, };

/**
 * What is waited for.
 */
export type PromptKind = { "kind": "browser", 
/**
 * The page, to be shown for copying; it holds no secret.
 */
url: string, 
/**
 * Why no browser could be opened; the user has to open the page then.
 */
not_opened: string | null, } | { "kind": "device_code", 
/**
 * Page to open there.
 */
url: string, 
/**
 * Code to type there.
 */
code: string, 
/**
 * Until when the code is good, Unix time in seconds.
 */
valid_until: number, } | { "kind": "page", 
/**
 * The page, `https` always; from a stranger.
 */
url: string, } | { "kind": "password", 
/**
 * The user name, when the profile or the keyring knows it.
 */
username: string | null, 
/**
 * Whether there is a lasting place to remember it in.
 */
can_remember: boolean, 
/**
 * The proxy that wants them, as host and port; absent when the gateway does.
 */
proxy: string | null, } | { "kind": "question", 
/**
 * The question, from a stranger.
 */
text: string, 
/**
 * Whether the answer may be seen while it is typed.
 */
echo: boolean, } | { "kind": "file_password", 
/**
 * The file's name.
 */
file: string, 
/**
 * Whether the one before was wrong.
 */
again: boolean, } | { "kind": "token_file", 
/**
 * The file.
 */
path: string, };

/**
 * A file that looked like a profile and is none.
 */
export type RefusedFile = { 
/**
 * The file, inside the package when it came in one.
 */
path: string, 
/**
 * Why, and what to do.
 */
problem: Problem, };

/**
 * What the program itself does about a problem.
 */
export type Remedy = "retry_now" | "backoff" | "new_token" | "wait_for_network" | "ask_user" | "give_up";

/**
 * A repair, and whether it can be undone.
 */
export type Repair = { 
/**
 * What was found and what was done.
 */
finding: Finding, 
/**
 * The key and the value as it stood in the file, when the value can be kept; absent
 * when a profile cannot hold it.
 */
original: [string, string] | null, };

/**
 * Which root certificate the gateway's certificate must come from.
 */
export type RootChoice = { "kind": "built_in", 
/**
 * Its thumbprint (SHA-1), in hexadecimal digits.
 */
sha1: string, 
/**
 * Its name.
 */
name: string, } | { "kind": "system" } | { "kind": "thumbprint", 
/**
 * SHA-1, in hexadecimal digits.
 */
sha1: string, } | { "kind": "file", 
/**
 * The file's name.
 */
name: string, 
/**
 * The certificate, DER in Base64.
 */
certificate: string, 
/**
 * Who it is for, from the certificate.
 */
subject: string, };

/**
 * One field.
 */
export type Row = { 
/**
 * Which one, by its key in `spoke profile set`, or `server-secret`.
 */
key: string, 
/**
 * Its value, for people; empty for a field of the form that has none.
 */
value: string, };

/**
 * Fields that belong together.
 */
export type RowGroup = { 
/**
 * Which group: `connection`, `server_check`, `sign_in`, `network`, `openvpn`.
 */
group: string, 
/**
 * Its fields.
 */
rows: Array<Row>, };

/**
 * What can be changed to mend something.
 */
export type Setting = "ask_inside" | "lead_inside" | "keep_out_no_longer";

/**
 * How much a [`Finding`] matters.
 */
export type Severity = "info" | "repaired" | "warning";

/**
 * Authentication Type.
 */
export type SignInKind = "entra" | "certificate" | "password";

/**
 * Where a sign-in waits for the user.
 */
export type SignInProgress = { "type": "browser" } | { "type": "page", 
/**
 * The page, `https` always.
 */
url: string, } | { "type": "device_code", 
/**
 * Page to open there.
 */
url: string, 
/**
 * Code to type there.
 */
code: string, };

/**
 * How to sign in, where the user is asked.
 */
export type SignInWay = "auto" | "browser" | "device_code";

/**
 * A step of connecting.
 */
export type Stage = "resolve" | "transport" | "tls" | "auth" | "options" | "interface" | "routes" | "dns" | "verify";

/**
 * How a stage went. The token is fetched while the handshake runs, so stages can
 * overlap in time.
 */
export type StageReport = { 
/**
 * Which one.
 */
stage: Stage, 
/**
 * How far it is.
 */
status: StageStatus, 
/**
 * How long it took (or has taken when it failed), in milliseconds.
 */
took_ms: number | null, 
/**
 * What came of it, for people ("TLS 1.3, certificate ok").
 */
detail: string, };

/**
 * How far a stage is.
 */
export type StageStatus = "running" | "done" | "failed";

/**
 * Everything a client can show, published whole. It holds no secrets.
 */
export type State = { 
/**
 * The connection, if there is or lately was one.
 */
connection: Connection | null, };

/**
 * Bytes through the tunnel, inner packets only.
 */
export type Traffic = { 
/**
 * Bytes received.
 */
received: number, 
/**
 * Bytes sent.
 */
sent: number, 
/**
 * Bytes received in the last second or so.
 */
receive_rate: number, 
/**
 * Bytes sent in the last second or so.
 */
send_rate: number, };

/**
 * A place where something waits for the user.
 */
export type UserPrompt = { 
/**
 * Number to be given back with the answer.
 */
id: number, 
/**
 * Name of the profile that is concerned.
 */
profile: string, 
/**
 * What is waited for.
 */
kind: PromptKind, };

/**
 * What was found. The words are stable: programs may look at them.
 */
export type Verdict = "reached_inside" | "reached_outside" | "this_computer" | "port_closed" | "outside_answer" | "not_asked_inside" | "resolver_in_the_way" | "tunnel_dns_silent" | "no_tunnel_dns" | "no_such_name" | "not_connected" | "overlap" | "other_route" | "other_rule" | "excluded" | "no_route" | "route_refuses" | "silent_inside" | "unreachable_inside" | "silent_outside" | "no_network";

/**
 * Which way packets for an address go.
 */
export type Way = "here" | "tunnel" | "link" | "router" | "refused" | "none";
