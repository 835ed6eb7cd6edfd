import * as Radix from "radix-ui/alert-dialog";
import { useState, type ReactNode } from "react";
import { Button } from "./Button";
import { CopyCli } from "./CopyCli";
import { OVERLAY, SHEET } from "./dialogLook";
import { Input } from "./Field";
import { ErrorPanel } from "./States";
import { useFocusBack } from "./useFocusBack";

interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Names the act, the object and the count: `Cancel 37 jobs of EXPORT?` */
  title: string;
  children?: ReactNode;
  /** The act again, in a word or two: `Cancel 37 jobs`. */
  confirm: string;
  onConfirm: () => void;
  busy?: boolean;
  /** There is nothing that could be done. */
  disabled?: boolean;
  error?: unknown;
  /** For severe acts: what must be typed before the button works, such as the drive's code. */
  typed?: string;
  /** Acts that destroy nothing get the plain button. */
  harmless?: boolean;
  /** The same act as a command. */
  command?: string;
}

/** Asks before what cannot be taken back. The caller closes it when the act has worked. */
export function ConfirmDialog({ open, onOpenChange, ...rest }: ConfirmDialogProps) {
  const focus = useFocusBack();
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={OVERLAY} />
        <Radix.Content {...focus} className={`${SHEET} max-w-md p-4`}>
          <Question {...rest} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

type QuestionProps = Omit<ConfirmDialogProps, "open" | "onOpenChange">;

/** Lives as long as the dialog is open, so that what was typed is forgotten after it. */
function Question({
  title,
  children,
  confirm,
  onConfirm,
  busy,
  disabled,
  error,
  typed,
  harmless,
  command,
}: QuestionProps) {
  const [given, setGiven] = useState("");
  return (
    <form
      className="contents"
      onSubmit={(event) => {
        event.preventDefault();
        onConfirm();
      }}
    >
      <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
      <Radix.Description asChild>
        <div className="-mx-1 mt-2 min-h-0 space-y-2 overflow-y-auto px-1 pb-1 text-sm text-muted">
          {children}
        </div>
      </Radix.Description>
      {typed && (
        <Input
          label={`Type ${typed} to confirm`}
          className="mt-3"
          value={given}
          autoComplete="off"
          onChange={(event) => setGiven(event.target.value)}
        />
      )}
      {error ? (
        <div className="mt-3">
          <ErrorPanel error={error} />
        </div>
      ) : null}
      <footer className="mt-4 flex flex-wrap justify-end gap-2">
        {command && <CopyCli command={command} />}
        <Radix.Cancel asChild>
          <Button>Keep as it is</Button>
        </Radix.Cancel>
        <Button
          type="submit"
          kind={harmless ? "primary" : "danger"}
          busy={busy}
          disabled={disabled || (typed !== undefined && given.trim() !== typed)}
        >
          {confirm}
        </Button>
      </footer>
    </form>
  );
}
