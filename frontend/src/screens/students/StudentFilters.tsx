import { useChoices } from "@/api/choices";
import { Select } from "@/ui/Field";

interface FilterProps {
  value: string;
  onChange: (value: string) => void;
  /** The label is shown, as in forms; filters above a list go without. */
  labelled?: boolean;
}

interface Choice {
  value: string;
  label: string;
}

/** Keeps a value that is chosen although it does not (or not yet) occur. */
function withChosen(choices: Choice[], value: string): Choice[] {
  if (!value || choices.some((choice) => choice.value === value)) return choices;
  return [...choices, { value, label: value }];
}

function Filter({
  label,
  any,
  choices,
  value,
  onChange,
  labelled,
}: FilterProps & { label: string; any: string; choices: Choice[] }) {
  return (
    <Select
      label={label}
      bare={!labelled}
      className={labelled ? undefined : "max-sm:grow sm:max-w-56"}
      options={[{ value: "", label: any }, ...withChosen(choices, value)]}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** Nothing where there is one college only. */
export function CollegeFilter(props: FilterProps) {
  const { data } = useChoices();
  if ((data?.colleges.length ?? 0) < 2 && !props.value) return null;
  const choices = data?.colleges.map(({ code, name }) => ({
    value: code,
    label: name === code ? code : `${code} · ${name}`,
  }));
  return <Filter {...props} label="College" any="Any college" choices={choices ?? []} />;
}

export function BranchFilter(props: FilterProps) {
  const { data } = useChoices();
  const choices = data?.branches.map(({ name }) => ({ value: name, label: name }));
  return <Filter {...props} label="Branch" any="Any branch" choices={choices ?? []} />;
}

export function BatchFilter(props: FilterProps) {
  const { data } = useChoices();
  const choices = data?.batch_years.map(({ year }) => ({ value: String(year), label: `Batch ${year}` }));
  return <Filter {...props} label="Batch" any="Any batch" choices={choices ?? []} />;
}
