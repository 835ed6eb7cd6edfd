import clsx from "clsx";
import { FileUp } from "lucide-react";
import { useId, useState } from "react";
import { bytes } from "../lib/numbers";

interface FileDropProps {
  label: string;
  hint?: string;
  /** As of <input accept>: `.csv,text/csv`. */
  accept: string;
  file: File | null;
  onFile: (file: File) => void;
}

/** Takes one file: dropped on it, or chosen. */
export function FileDrop({ label, hint, accept, file, onFile }: FileDropProps) {
  const id = useId();
  const [over, setOver] = useState(false);
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const [dropped] = event.dataTransfer.files;
        if (dropped) onFile(dropped);
      }}
      className={clsx(
        "relative rounded-lg border border-dashed p-6 text-center focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent",
        over ? "border-accent bg-accent-soft" : "border-line-strong bg-sunken",
      )}
    >
      <FileUp aria-hidden className="mx-auto text-muted" size={20} />
      <label htmlFor={id} className="mt-2 block font-medium">
        {file ? `${file.name} (${bytes(file.size)})` : label}
      </label>
      <p className="mt-1 text-xs text-muted">{file ? "Choose or drop another to replace it." : hint}</p>
      <input
        id={id}
        type="file"
        accept={accept}
        className="absolute inset-0 cursor-pointer opacity-0"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          if (chosen) onFile(chosen);
        }}
      />
    </div>
  );
}
