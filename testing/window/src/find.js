// What a person means by a control's name: the one that can be seen and used, in the
// dialog on top when there is one; exactly that name before one that begins with it.
const [kind, wanted] = arguments;
const kinds = {
  button: "button, a[href], summary, [role=button], [role=menuitem], [role=menuitemradio], [role=option], [role=tab], [role=switch]",
  field: "input, select, textarea",
};
const tidy = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const named = (element) => {
  const by = element.getAttribute("aria-labelledby");
  if (by) return tidy(by.split(" ").map((id) => document.getElementById(id)?.textContent).join(" "));
  if (element.getAttribute("aria-label")) return tidy(element.getAttribute("aria-label"));
  if (kind === "field" && element.labels?.length) return tidy(element.labels[0].textContent);
  return tidy(element.innerText) || tidy(element.title);
};
const open = [...document.querySelectorAll("dialog[open]")];
const root = open.at(-1) ?? document;
const usable = [...root.querySelectorAll(kinds[kind])].filter(
  (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    !element.disabled &&
    // A busy button lets a press go.
    element.ariaDisabled !== "true",
);
const names = usable.map(named);
const at = [
  names.indexOf(wanted),
  names.findIndex((name) => name.startsWith(wanted)),
  names.findIndex((name) => name.includes(wanted)),
].find((index) => index >= 0);
return at === undefined ? names : usable[at];
