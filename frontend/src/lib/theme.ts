import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "placeops.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const watchers = new Set<() => void>();

function chosen(): Theme {
  const kept = window.localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

function apply(): void {
  const theme = chosen();
  document.documentElement.dataset.theme = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
  watchers.forEach((watcher) => watcher());
}

/** Applies the theme that was chosen, and follows the system where none was. */
export function startTheme(): void {
  dark.addEventListener("change", apply);
  apply();
}

function choose(theme: Theme): void {
  if (theme === "system") window.localStorage.removeItem(KEY);
  else window.localStorage.setItem(KEY, theme);
  apply();
}

export function useTheme() {
  const watch = (watcher: () => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  };
  const theme = useSyncExternalStore(watch, chosen);
  const shown = useSyncExternalStore(watch, () => document.documentElement.dataset.theme as "light" | "dark");
  return { theme, shown, choose };
}
