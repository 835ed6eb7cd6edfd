import { useId, useState } from "react";
import { Input } from "./Field";

interface SuggestBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  suggestions: readonly string[];
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
  const list = useId();
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
      <Input
        label={label}
        bare
        type="search"
        placeholder={label}
        list={list}
        autoComplete="off"
        data-search={search || undefined}
        value={typed}
        onChange={(event) => {
          const text = event.target.value;
          setTyped(text);
          onTyped?.(text);
          if (text === "" || suggestions.includes(text)) tell(text);
        }}
        onKeyDown={(event) => event.key === "Enter" && tell(typed)}
        onBlur={() => tell(typed)}
      />
      <datalist id={list}>
        {suggestions.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </div>
  );
}
