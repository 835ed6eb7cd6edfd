import { Fragment } from "react";
import { Dialog } from "../ui/Dialog";
import { PLACES } from "./useShortcuts";

interface ShortcutsDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  may: (to: string) => boolean;
}

const Key = ({ children }: { children: string }) => (
  <kbd className="rounded border border-line bg-sunken px-1.5 py-0.5 font-mono text-xs">{children}</kbd>
);

export function ShortcutsDialog({ open, onOpenChange, may }: ShortcutsDialogProps) {
  const places = Object.entries(PLACES).filter(([, place]) => may(place.to));
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys">
      <dl className="grid grid-cols-[max-content_1fr] items-center gap-x-4 gap-y-2">
        <dt>
          <Key>/</Key>
        </dt>
        <dd>Search on this page</dd>
        <dt>
          <Key>?</Key>
        </dt>
        <dd>Show these keys</dd>
        {places.map(([key, place]) => (
          <Fragment key={key}>
            <dt className="flex gap-1">
              <Key>g</Key>
              <Key>{key}</Key>
            </dt>
            <dd>Go to {place.label.toLowerCase()}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
