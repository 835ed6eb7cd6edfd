import { useId, type ComponentProps } from "react";
import { Input } from "./Field";

export interface Suggestion {
  value: string;
  label: string;
}

type SuggestProps = Omit<ComponentProps<typeof Input>, "list" | "onChange"> & {
  value: string;
  onChange: (value: string) => void;
  suggestions: readonly Suggestion[];
};

/** A text field that offers what is known; anything may be typed. */
export function Suggest({ suggestions, onChange, ...rest }: SuggestProps) {
  const id = useId();
  return (
    <>
      <Input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        list={id}
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={id}>
        {suggestions.map(({ value, label }) => (
          <option key={value} value={value} label={label || undefined} />
        ))}
      </datalist>
    </>
  );
}
