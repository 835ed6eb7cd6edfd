import { useState } from "react";
import { Suggest, type Suggestion } from "./Suggest";

interface SuggestBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  suggestions: readonly (string | Suggestion)[];
  /** Told of each letter, for suggestions that are asked for. */
  onTyped?: (text: string) => void;
  search?: boolean;
  className?: string;
}

/** A filter that must be typed exactly, with suggestions; it counts when one is picked, on Enter, and on leaving. */
export function SuggestBox({
  label,
  value,
  onChange,
  suggestions,
  onTyped,
  search,
  className,
}: SuggestBoxProps) {
  const offered = suggestions.map((each) => (typeof each === "string" ? { value: each, label: "" } : each));
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setTyped(value);
  }
  const tell = (text: string) => {
    const next = text.trim();
    if (next !== value) onChange(next);
  };
  return (
    <div className={className}>
      <Suggest
        label={label}
        bare
        type="search"
        placeholder={label}
        data-search={search || undefined}
        suggestions={offered}
        value={typed}
        onChange={(text) => {
          setTyped(text);
          onTyped?.(text);
          if (text === "" || offered.some(({ value: known }) => known === text)) tell(text);
        }}
        onKeyDown={(event) => event.key === "Enter" && tell(typed)}
        onBlur={() => tell(typed)}
      />
    </div>
  );
}
