import { useMemo } from "react";
import { useFilters } from "@/lib/filters";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Field";
import type { Row } from "./rows";
import type { ViewOption, RowFilter, ViewSpec } from "./views";

interface ViewFiltersProps {
  spec: ViewSpec;
  rows: readonly Row[];
  option: ViewOption | undefined;
}

const offered = (spec: ViewSpec, choice: string): readonly RowFilter[] =>
  spec.filters.filter(({ levels }) => !levels || levels.includes(choice));

/** The filters of a view, which offer what its rows hold; all of them live in the URL. */
export function ViewFilters({ spec, rows, option }: ViewFiltersProps) {
  const { get, set } = useFilters();
  const filters = offered(spec, useOption(option));
  const chosen = filters.filter(({ name }) => get(name));
  return (
    <div className="flex flex-wrap gap-2">
      {filters.map((filter) => (
        <OneFilter
          key={filter.name}
          filter={filter}
          rows={rows}
          value={get(filter.name)}
          onChange={(value) => set({ [filter.name]: value })}
        />
      ))}
      {option && <OptionSelect option={option} />}
      {chosen.length > 0 && (
        <Button kind="quiet" onClick={() => set(Object.fromEntries(chosen.map(({ name }) => [name, null])))}>
          Clear
        </Button>
      )}
    </div>
  );
}

interface OneFilterProps {
  filter: RowFilter;
  rows: readonly Row[];
  value: string;
  onChange: (value: string) => void;
}

function OneFilter({ filter, rows, value, onChange }: OneFilterProps) {
  const choices = useMemo(() => choicesOf(filter, rows), [filter, rows]);
  const options = [{ value: "", label: filter.any }, ...choices];
  if (value && !choices.some((choice) => choice.value === value)) options.push({ value, label: value });
  return (
    <Select
      label={filter.label}
      bare
      className="max-sm:grow max-sm:basis-32 sm:max-w-64"
      options={options}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function choicesOf(filter: RowFilter, rows: readonly Row[]) {
  const found = new Map<string, string>();
  for (const row of rows) {
    const value = filter.of(row);
    if (!found.has(value)) found.set(value, filter.shown?.(row) ?? value);
  }
  const choices = [...found].map(([value, label]) => ({ value, label }));
  choices.sort((one, other) => one.label.localeCompare(other.label, "en-IN", { numeric: true }));
  return filter.descending ? choices.reverse() : choices;
}

/** The rows that the URL's filters leave. */
export function useFiltered(spec: ViewSpec, rows: readonly Row[], choice: string): Row[] {
  const { get } = useFilters();
  return useMemo(() => {
    const chosen = offered(spec, choice).filter(({ name }) => get(name));
    return rows.filter((row) => chosen.every((filter) => filter.of(row) === get(filter.name)));
  }, [spec, rows, choice, get]);
}

/** What the figures are shown by, of the choices that a view has. */
export function useOption(option: ViewOption | undefined): string {
  const { get } = useFilters();
  if (!option) return "";
  const given = option.choices.find((choice) => choice.value === get(option.name));
  return given?.value ?? option.choices[0]?.value ?? "";
}

function OptionSelect({ option }: { option: ViewOption }) {
  const { set } = useFilters();
  const value = useOption(option);
  const [first] = option.choices;
  return (
    <Select
      label={option.label}
      bare
      className="max-sm:grow max-sm:basis-32"
      options={option.choices}
      value={value}
      onChange={({ target }) => set({ [option.name]: target.value === first?.value ? null : target.value })}
    />
  );
}
