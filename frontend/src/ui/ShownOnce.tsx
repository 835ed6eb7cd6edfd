import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Input } from "./Field";

interface ShownOnceProps {
  title: string;
  /** What it is for, and how it is handed over. */
  about: string;
  /** `Password`, `Token`. */
  label: string;
  secret: string;
  onClose: () => void;
}

/** A secret that nobody can look up again, with a button that copies it. */
export function ShownOnce({ title, about, label, secret, onClose }: ShownOnceProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      setCopied(true);
    } catch {
      toast.error("The browser did not let it be copied: select it and copy it by hand.");
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      about={about}
      actions={
        <Button kind="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <div className="flex items-end gap-2">
        <Input
          label={label}
          className="grow"
          readOnly
          value={secret}
          autoComplete="off"
          spellCheck={false}
          onFocus={(event) => event.target.select()}
        />
        <Button icon={copied ? Check : Copy} onClick={() => void copy()}>
          {copied ? "Copied" : "Copy"}
        </Button>
      </div>
      <p className="mt-2 text-sm text-muted" role="status">
        It is shown this once.
      </p>
    </Dialog>
  );
}
