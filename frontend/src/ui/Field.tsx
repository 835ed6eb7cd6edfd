import clsx from "clsx";
import { useId, type ComponentProps, type ReactNode } from "react";

const BOX =
  "w-full rounded-md border border-line-strong/60 bg-surface text-ink hover:border-line-strong " +
  "disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-bad";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  /** The label is read, not shown: for filters whose meaning is plain. */
  bare?: boolean;
  className?: string;
  children: (given: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ReactNode;
}

/** A control with its label, a hint and an error below, all tied together for screen readers. */
export function Field({ label, hint, error, bare, className, children }: FieldProps) {
  const id = useId();
  const about = error || hint ? `${id}-about` : undefined;
  return (
    <div className={clsx("min-w-0", className)}>
      <label htmlFor={id} className={bare ? "sr-only" : "mb-1 block text-xs font-medium text-muted"}>
        {label}
      </label>
      {children({ id, "aria-describedby": about, "aria-invalid": error ? true : undefined })}
      {about && (
        <p id={about} className={clsx("mt-1 text-xs", error ? "text-bad" : "text-muted")}>
          {error || hint}
        </p>
      )}
    </div>
  );
}

type Shared = Omit<FieldProps, "children">;

export function Input({ label, hint, error, bare, className, ...rest }: Shared & ComponentProps<"input">) {
  return (
    <Field {...{ label, hint, error, bare, className }}>
      {(given) => <input {...rest} {...given} className={clsx(BOX, "h-8.5 px-2.5")} />}
    </Field>
  );
}

export function Textarea({
  label,
  hint,
  error,
  bare,
  className,
  ...rest
}: Shared & ComponentProps<"textarea">) {
  return (
    <Field {...{ label, hint, error, bare, className }}>
      {(given) => <textarea rows={4} {...rest} {...given} className={clsx(BOX, "px-2.5 py-1.5")} />}
    </Field>
  );
}

interface Choice {
  value: string;
  label: string;
}

type SelectProps = Shared & ComponentProps<"select"> & { options: readonly Choice[] };

export function Select({ label, hint, error, bare, className, options, ...rest }: SelectProps) {
  return (
    <Field {...{ label, hint, error, bare, className }}>
      {(given) => (
        <select {...rest} {...given} className={clsx(BOX, "h-8.5 pr-7 pl-2")}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

type CheckboxProps = ComponentProps<"input"> & { label: ReactNode; hint?: ReactNode };

export function Checkbox({ label, hint, className, ...rest }: CheckboxProps) {
  const id = useId();
  return (
    <div className={clsx("flex items-start gap-2", className)}>
      <input
        type="checkbox"
        id={id}
        aria-describedby={hint ? `${id}-about` : undefined}
        {...rest}
        className="mt-0.5 size-4 accent-accent"
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && (
          <p id={`${id}-about`} className="text-xs text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
