import { useChoices } from "@/api/choices";
import { useProfile } from "@/api/profile";
import { Checkbox, Input, Select } from "@/ui/Field";
import { ChoiceList } from "./ChoiceList";
import type { DriveValues, Errors } from "./driveValues";
import { GENDERS, ON_MISSING } from "./rules";

export interface FieldsProps {
  values: DriveValues;
  errors: Errors;
  set: (changes: Partial<DriveValues>) => void;
  disabled?: boolean;
}

const NUMBERS = [
  { name: "cgpa_min", label: "CGPA at least", hint: "0 to 10" },
  { name: "tenth_min", label: "10th % at least", hint: "0 to 100" },
  {
    name: "twelfth_or_diploma_min",
    label: "12th or diploma % at least",
    hint: "The diploma counts where there is no 12th",
  },
  { name: "active_backlogs_max", label: "Active backlogs at most", hint: "0 allows none" },
  { name: "total_backlogs_max", label: "Total backlogs at most", hint: "0 allows none" },
] as const;

/** The rules of who may register; an empty field is no rule, 0 is one. */
export function CriteriaFields({ values, errors, set, disabled }: FieldsProps) {
  return (
    <div className="space-y-4">
      <p className="text-xs text-muted">An empty field is no rule. 0 is a rule.</p>
      <div className="grid gap-3 sm:grid-cols-3">
        {NUMBERS.map(({ name, label, hint }) => (
          <Input
            key={name}
            label={label}
            hint={hint}
            placeholder="No rule"
            inputMode="decimal"
            autoComplete="off"
            disabled={disabled}
            value={values[name]}
            error={errors[name]}
            onChange={(event) => set({ [name]: event.target.value })}
          />
        ))}
        <Select
          label="Where a value is missing"
          hint="What becomes of a student who lacks a value that a rule needs"
          disabled={disabled}
          options={ON_MISSING}
          value={values.on_missing}
          onChange={(event) => set({ on_missing: event.target.value as DriveValues["on_missing"] })}
        />
      </div>
      <Lists values={values} errors={errors} set={set} disabled={disabled} />
      <Gates values={values} errors={errors} set={set} disabled={disabled} />
    </div>
  );
}

function Lists({ values, errors, set, disabled }: FieldsProps) {
  const { data } = useChoices();
  const confined = Boolean(useProfile().user?.scope.colleges.length);
  const named = (choices: { name: string; students: number }[] = []) =>
    choices.map(({ name, students }) => ({ value: name, students }));
  const colleges = data?.colleges.map(({ code, name, students }) => ({
    value: code,
    label: name === code ? code : `${code} · ${name}`,
    students,
  }));
  const batches = data?.batch_years.map(({ year, students }) => ({ value: String(year), students }));
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <ChoiceList
        label="Branches"
        one="branch"
        open
        options={named(data?.branches)}
        chosen={values.branches}
        onChange={(branches) => set({ branches })}
        disabled={disabled}
      />
      <ChoiceList
        label="Programmes"
        one="programme"
        open
        options={named(data?.programmes)}
        chosen={values.programmes}
        onChange={(programmes) => set({ programmes })}
        disabled={disabled}
      />
      <ChoiceList
        label="Batches"
        one="batch"
        options={batches ?? []}
        chosen={values.batch_years}
        onChange={(batch_years) => set({ batch_years })}
        disabled={disabled}
      />
      {((colleges?.length ?? 0) > 1 || values.colleges.length > 0 || confined) && (
        <ChoiceList
          label="Colleges"
          one="college"
          options={colleges ?? []}
          chosen={values.colleges}
          onChange={(chosen) => set({ colleges: chosen })}
          disabled={disabled}
        />
      )}
      <div className="space-y-2">
        <ChoiceList
          label="Genders"
          one="gender"
          options={Object.entries(GENDERS).map(([value, label]) => ({ value, label }))}
          chosen={values.genders}
          onChange={(genders) => set({ genders })}
          disabled={disabled}
        />
        {values.genders.length > 0 && (
          <Input
            label="Purpose of the gender rule"
            placeholder="Such as: women in technology scholarship"
            required
            disabled={disabled}
            value={values.gender_purpose}
            error={errors.gender_purpose}
            onChange={(event) => set({ gender_purpose: event.target.value })}
          />
        )}
      </div>
    </div>
  );
}

function Gates({ values, errors, set, disabled }: FieldsProps) {
  return (
    <div className="space-y-2">
      <Checkbox
        label="Debarred students may register"
        disabled={disabled}
        checked={!values.not_debarred}
        onChange={(event) => set({ not_debarred: !event.target.checked })}
      />
      <Checkbox
        label="Placed students may not register"
        disabled={disabled}
        checked={values.not_placed}
        onChange={(event) => set({ not_placed: event.target.checked })}
      />
      {values.not_placed && (
        <Input
          label="… unless the drive pays at least this many times what they accepted"
          placeholder="No exception"
          inputMode="decimal"
          className="ml-6 max-w-md"
          disabled={disabled}
          value={values.placed_ctc_multiple}
          error={errors.placed_ctc_multiple}
          onChange={(event) => set({ placed_ctc_multiple: event.target.value })}
        />
      )}
    </div>
  );
}
