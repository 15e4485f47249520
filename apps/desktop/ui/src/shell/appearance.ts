import { useEffect } from "preact/hooks";
import type { Appearance } from "../types";

/** Puts light or dark on the document, and follows the system where the user wants that. */
export function useAppearance(appearance: Appearance) {
  useEffect(() => {
    const system = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;
    const show = () => {
      const dark = appearance === "dark" || (appearance === "system" && system?.matches === true);
      document.documentElement.dataset.theme = dark ? "dark" : "light";
    };
    show();
    if (appearance !== "system" || !system) return;
    system.addEventListener("change", show);
    return () => system.removeEventListener("change", show);
  }, [appearance]);
}
