import type { Schema } from "@/api/client";
import { fromRupees } from "@/lib/money";
import { fromInput, toInput } from "@/lib/time";
import { plain } from "./rules";

type CriteriaBody = Schema<"CriteriaBody">;
export type DriveBody = Schema<"DriveBody">;
/** Absent members stay as they are. */
export type Changes = Partial<Schema<"DriveChangeBody">>;

const DECIMALS = ["cgpa_min", "tenth_min", "twelfth_or_diploma_min", "placed_ctc_multiple"] as const;
/** The most that such a rule can ask for. */
const MOST: Partial<Record<NumberName, number>> = {
  cgpa_min: 10,
  tenth_min: 100,
  twelfth_or_diploma_min: 100,
};
const WHOLE = ["active_backlogs_max", "total_backlogs_max"] as const;

type NumberName = (typeof DECIMALS)[number] | (typeof WHOLE)[number];
export type ListName = "branches" | "programmes" | "batch_years" | "colleges" | "genders";

/** What stands in the fields of a drive; empty text is "not known", or "no rule". */
export type DriveValues = Record<NumberName, string> &
  Record<ListName, string[]> & {
    company: string;
    title: string;
    code: string;
    ctc_min: string;
    ctc_max: string;
    reg_opens_at: string;
    reg_closes_at: string;
    drive_date: string;
    note: string;
    gender_purpose: string;
    not_debarred: boolean;
    not_placed: boolean;
    on_missing: NonNullable<CriteriaBody["on_missing"]>;
    auto_calc: boolean;
  };

export type Errors = Partial<Record<keyof DriveValues, string>>;

/** A drive about which nothing is known yet. */
export const EMPTY: DriveValues = {
  company: "",
  title: "",
  code: "",
  ctc_min: "",
  ctc_max: "",
  reg_opens_at: "",
  reg_closes_at: "",
  drive_date: "",
  note: "",
  cgpa_min: "",
  tenth_min: "",
  twelfth_or_diploma_min: "",
  active_backlogs_max: "",
  total_backlogs_max: "",
  branches: [],
  programmes: [],
  batch_years: [],
  colleges: [],
  genders: [],
  gender_purpose: "",
  not_debarred: true,
  not_placed: false,
  placed_ctc_multiple: "",
  on_missing: "EXCLUDE",
  auto_calc: false,
};

const INDIAN = new Intl.NumberFormat("en-IN");
const shown = (value: number | null | undefined) => (value == null ? "" : String(value));
const money = (value: number | null) => (value == null ? "" : INDIAN.format(value));
const decimal = (value: string | null | undefined) => (value == null ? "" : plain(value));

/** A drive as it stands, in fields. */
export function valuesOf({ drive, criteria }: Schema<"DriveDetails">): DriveValues {
  return {
    company: drive.company,
    title: drive.title,
    code: drive.code,
    ctc_min: money(drive.ctc_min),
    ctc_max: money(drive.ctc_max),
    reg_opens_at: toInput(drive.reg_opens_at),
    reg_closes_at: toInput(drive.reg_closes_at),
    drive_date: drive.drive_date ?? "",
    note: drive.note ?? "",
    cgpa_min: decimal(criteria.cgpa_min),
    tenth_min: decimal(criteria.tenth_min),
    twelfth_or_diploma_min: decimal(criteria.twelfth_or_diploma_min),
    active_backlogs_max: shown(criteria.active_backlogs_max),
    total_backlogs_max: shown(criteria.total_backlogs_max),
    branches: criteria.branches ?? [],
    programmes: criteria.programmes ?? [],
    batch_years: (criteria.batch_years ?? []).map(String),
    colleges: criteria.colleges ?? [],
    genders: criteria.genders ?? [],
    gender_purpose: criteria.gender_purpose ?? "",
    not_debarred: criteria.not_debarred ?? true,
    not_placed: criteria.not_placed ?? false,
    placed_ctc_multiple: decimal(criteria.placed_ctc_multiple),
    on_missing: (criteria.on_missing as DriveValues["on_missing"] | undefined) ?? "EXCLUDE",
    auto_calc: drive.auto_calc,
  };
}

/** What another drive hands on to a copy: company, title, pay and rules. */
export const copyOf = (details: Schema<"DriveDetails">): DriveValues => ({
  ...valuesOf(details),
  code: "",
  reg_opens_at: "",
  reg_closes_at: "",
  drive_date: "",
  note: "",
  auto_calc: false,
});

/** The rules as the API takes them. */
export function criteriaOf(values: DriveValues): CriteriaBody {
  const number = (text: string) => text.trim() || null;
  const whole = (text: string) => (text.trim() ? Number(text) : null);
  return {
    cgpa_min: number(values.cgpa_min),
    tenth_min: number(values.tenth_min),
    twelfth_or_diploma_min: number(values.twelfth_or_diploma_min),
    active_backlogs_max: whole(values.active_backlogs_max),
    total_backlogs_max: whole(values.total_backlogs_max),
    branches: values.branches,
    programmes: values.programmes,
    batch_years: values.batch_years.map(Number),
    colleges: values.colleges,
    genders: values.genders as NonNullable<CriteriaBody["genders"]>,
    gender_purpose: values.genders.length ? values.gender_purpose.trim() || null : null,
    not_debarred: values.not_debarred,
    not_placed: values.not_placed,
    placed_ctc_multiple: values.not_placed ? number(values.placed_ctc_multiple) : null,
    on_missing: values.on_missing,
  };
}

/** The whole drive as the API takes it; the fields must be without errors. */
export const bodyOf = (values: DriveValues): DriveBody => ({
  company: values.company.trim(),
  title: values.title.trim(),
  code: values.code.trim() || null,
  ctc_min: fromRupees(values.ctc_min) ?? null,
  ctc_max: fromRupees(values.ctc_max) ?? null,
  reg_opens_at: fromInput(values.reg_opens_at),
  reg_closes_at: fromInput(values.reg_closes_at),
  drive_date: values.drive_date || null,
  autoCalc: values.auto_calc,
  criteria: criteriaOf(values),
});

/** Only what differs, as the API takes changes. */
export function changesOf(before: DriveValues, after: DriveValues): Changes {
  const [old, { code, ...now }] = [bodyOf(before), bodyOf(after)];
  const changes: Record<string, unknown> = differing(
    { ...old, note: before.note.trim(), autoCalc: undefined, criteria: undefined },
    { ...now, note: after.note.trim(), autoCalc: undefined, criteria: undefined },
  );
  if (code && code !== old.code) changes.code = code;
  const rules = differing(old.criteria ?? {}, now.criteria ?? {});
  if (Object.keys(rules).length) changes.criteria = rules;
  return changes;
}

function differing(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );
}

/** Which fields hold something else. */
export const changedFields = (before: DriveValues, after: DriveValues): (keyof DriveValues)[] =>
  Object.keys(differing(before, after)) as (keyof DriveValues)[];

/** What cannot be sent as it stands, field by field; whether it makes sense is the server's to say. */
export function errorsIn(values: DriveValues): Errors {
  const errors: Errors = {};
  for (const name of ["company", "title"] as const) {
    if (!values[name].trim()) errors[name] = "A drive needs this.";
  }
  for (const name of ["ctc_min", "ctc_max"] as const) {
    if (fromRupees(values[name]) === undefined) errors[name] = "Write rupees a year: 12,00,000 or 12 LPA.";
  }
  return { ...errors, ...ruleErrorsIn(values) };
}

export function ruleErrorsIn(values: DriveValues): Errors {
  const errors: Errors = {};
  for (const name of DECIMALS) {
    const most = MOST[name] ?? Infinity;
    if (!/^(\d{1,6}(\.\d{1,4})?)?$/.test(values[name].trim())) errors[name] = "Write a number, such as 7.5.";
    else if (Number(values[name]) > most) errors[name] = `This is 0 to ${most}.`;
  }
  for (const name of WHOLE) {
    if (!/^\d{0,4}$/.test(values[name].trim())) errors[name] = "Write a whole number; empty is no rule.";
  }
  if (values.genders.length && !values.gender_purpose.trim()) {
    errors.gender_purpose = "A gender rule needs the purpose that it serves.";
  }
  return errors;
}
