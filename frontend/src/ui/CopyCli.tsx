import { Check, Terminal } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { IconButton } from "./Button";

/** Copies the command that does the same as what it stands beside. */
export function CopyCli({ command }: { command: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      setCopied(true);
      window.setTimeout(() => setCopied(false), 2000);
    } catch {
      toast(command, { description: "The browser did not let it be copied.", duration: 20_000 });
    }
  };
  return (
    <>
      <IconButton
        label={`Copy as CLI: ${command}`}
        icon={copied ? Check : Terminal}
        onClick={() => void copy()}
        data-command={command}
      />
      <span role="status" className="sr-only">
        {copied ? "Copied" : ""}
      </span>
    </>
  );
}

/** A command in full, with the button that copies it: for dialogs. */
export function CliLine({ command }: { command: string }) {
  return (
    <p className="flex items-center gap-1">
      <CopyCli command={command} />
      <code className="line-clamp-3 min-w-0 font-mono text-xs break-words">{command}</code>
    </p>
  );
}
