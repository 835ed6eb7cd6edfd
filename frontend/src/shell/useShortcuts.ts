import { useEffect } from "react";
import { useNavigate } from "react-router";

/** Where `g` and a second key lead. */
export const PLACES: Record<string, { to: string; label: string }> = {
  d: { to: "/drives", label: "Drives" },
  s: { to: "/students", label: "Students" },
  j: { to: "/jobs", label: "Jobs" },
  q: { to: "/queues", label: "Queues" },
  o: { to: "/overview", label: "Overview" },
};

const CHORD_MS = 1200;

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest(
    "input, select, textarea, [contenteditable], [role='dialog'], [role='alertdialog'], [role='menu']",
  ) !== null;

/** `/` focuses the page's search, `?` shows the keys, `g` and a letter go somewhere. */
export function useShortcuts(may: (to: string) => boolean, showHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let chord = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const place = Date.now() - chord < CHORD_MS ? PLACES[event.key] : undefined;
      chord = event.key === "g" ? Date.now() : 0;
      if (place && may(place.to)) {
        event.preventDefault();
        void navigate(place.to);
      } else if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("input[data-search]")?.focus();
      } else if (event.key === "?") {
        showHelp();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, may, showHelp]);
}
