import { useEffect, useRef, useState } from "react";
import { Input } from "./Field";

interface SearchBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
}

const PAUSE_MS = 300;

/** A search field: `/` focuses it, and its value is told when typing pauses. */
export function SearchBox({ label, value, onChange, className }: SearchBoxProps) {
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  if (value !== told) {
    setTold(value);
    setTyped(value);
  }
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return (
    <Input
      label={label}
      bare
      type="search"
      placeholder={label}
      data-search
      className={className}
      value={typed}
      onChange={(event) => {
        const next = event.target.value;
        setTyped(next);
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(() => {
          setTold(next.trim());
          onChange(next.trim());
        }, PAUSE_MS);
      }}
    />
  );
}
