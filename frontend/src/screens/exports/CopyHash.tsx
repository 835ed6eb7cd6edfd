import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

const SHOWN = 8;

/** The beginning of a file's SHA-256; a press copies all of it. */
export function CopyHash({ hash }: { hash: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(hash);
      setCopied(true);
      window.setTimeout(() => setCopied(false), 2000);
    } catch {
      toast(hash, { description: "The browser did not let it be copied.", duration: 20_000 });
    }
  };
  const Icon = copied ? Check : Copy;
  const short = `${hash.slice(0, SHOWN)}…`;
  return (
    <button
      type="button"
      title={hash}
      aria-label={copied ? `Copied ${short}` : `Copy SHA-256 ${short}`}
      onClick={() => void copy()}
      className="inline-flex items-center gap-1.5 rounded px-1 font-mono text-xs hover:bg-sunken"
    >
      {short}
      <Icon aria-hidden size={12} className="text-muted" />
    </button>
  );
}
