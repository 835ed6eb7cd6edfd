import { currentZone } from "@/lib/time";
import { Input } from "@/ui/Field";
import type { FieldsProps } from "./CriteriaFields";

/** Who recruits, for what, and what it pays. */
export function AboutFields({
  values,
  errors,
  set,
  disabled,
  payFixed,
  isNew,
}: FieldsProps & { payFixed?: boolean; isNew?: boolean }) {
  const field = (name: "company" | "title" | "code" | "ctc_min" | "ctc_max" | "drive_date" | "note") => ({
    value: values[name],
    error: errors[name],
    disabled: name === "note" ? false : disabled,
    onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
  });
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Input label="Company" required {...field("company")} />
      <Input label="Position" required placeholder="Graduate engineer" {...field("title")} />
      <Input
        label="Code"
        placeholder={isNew ? "Made from the company" : undefined}
        hint="The short name in lists, files and commands"
        {...field("code")}
      />
      <Input label="Date of the drive" type="date" {...field("drive_date")} />
      <Input
        label="CTC from"
        placeholder="Unknown"
        hint="Rupees a year: 8,00,000 or 8 LPA"
        {...field("ctc_min")}
        disabled={payFixed}
      />
      <Input
        label="CTC up to"
        placeholder="Unknown"
        hint="The same as above for one fixed pay"
        {...field("ctc_max")}
        disabled={payFixed}
      />
      {!isNew && (
        <Input
          label="Note of the office"
          hint="Students do not see it"
          className="sm:col-span-2"
          {...field("note")}
        />
      )}
    </div>
  );
}

/** When students may register, in the college's zone. */
export function WindowFields({ values, errors, set, disabled }: FieldsProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Input
        label="Registration opens"
        type="datetime-local"
        hint="Empty: as soon as it is published"
        disabled={disabled}
        value={values.reg_opens_at}
        error={errors.reg_opens_at}
        onChange={(event) => set({ reg_opens_at: event.target.value })}
      />
      <Input
        label="Registration closes"
        type="datetime-local"
        hint="A drive needs it to be published"
        disabled={disabled}
        value={values.reg_closes_at}
        error={errors.reg_closes_at}
        onChange={(event) => set({ reg_closes_at: event.target.value })}
      />
      <p className="text-xs text-muted sm:col-span-2">
        Times are in the zone of the college ({currentZone()}).
      </p>
    </div>
  );
}
