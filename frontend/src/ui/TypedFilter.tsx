import { useState, type FormEvent, type ReactNode } from "react";

interface TypedFilterProps {
  value: string;
  onChange: (value: string) => void;
  children: (typed: string, setTyped: (typed: string) => void) => ReactNode;
}

/** A filter that must be whole before it means something: told on Enter and on leaving the field. */
export function TypedFilter({ value, onChange, children }: TypedFilterProps) {
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setTyped(value);
  }
  const tell = () => {
    if (typed.trim() !== value) onChange(typed.trim());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell();
  };
  return (
    <form onSubmit={submit} onBlur={tell} className="grow basis-56 sm:max-w-72">
      {children(typed, setTyped)}
    </form>
  );
}
