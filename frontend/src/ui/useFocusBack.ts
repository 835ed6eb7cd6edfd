import { useRef } from "react";

/** Gives the focus back, once a dialog has closed, to what opened it: Radix knows only triggers of its own. */
export function useFocusBack() {
  const opener = useRef<HTMLElement | null>(null);
  return {
    onOpenAutoFocus: () => {
      const { activeElement } = document;
      // An item of a menu goes with its menu; the button that opened the menu stays.
      const button = activeElement?.closest("[role='menu']")?.getAttribute("aria-labelledby");
      const found = button ? document.getElementById(button) : activeElement;
      opener.current = found instanceof HTMLElement ? found : null;
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      opener.current?.focus();
    },
  };
}
