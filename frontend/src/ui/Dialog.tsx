import { X } from "lucide-react";
import * as Radix from "radix-ui/dialog";
import type { ReactNode } from "react";
import { IconButton } from "./Button";
import { OVERLAY, SHEET } from "./dialogLook";
import { useFocusBack } from "./useFocusBack";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  about?: ReactNode;
  /** Buttons at the end; the last is the main one. */
  actions?: ReactNode;
  wide?: boolean;
  children?: ReactNode;
}

/** A dialog for forms and details. What destroys something asks by `ConfirmDialog`. */
export function Dialog({ open, onOpenChange, title, about, actions, wide, children }: DialogProps) {
  const focus = useFocusBack();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY} />
        <Radix.Content
          {...focus}
          className={`${SHEET} ${wide ? "max-w-3xl" : "max-w-lg"}`}
          {...(about ? {} : { "aria-describedby": undefined })}
        >
          <header className="flex items-start justify-between gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {about && <Radix.Description className="text-sm text-muted">{about}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" icon={X} className="-mt-1 -mr-2" />
            </Radix.Close>
          </header>
          <div className="min-h-0 overflow-y-auto p-4">{children}</div>
          {actions && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">
              {actions}
            </footer>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
