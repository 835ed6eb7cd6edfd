import { cli } from "@/lib/words";
import { changesOf, EMPTY, type Changes, type DriveValues } from "./driveValues";

type Word = string | number;

const OPTIONS: Record<string, string> = {
  company: "--company",
  title: "--title",
  code: "--code",
  ctc_min: "--ctc-min",
  ctc_max: "--ctc-max",
  drive_date: "--drive-date",
  note: "--note",
  cgpa_min: "--cgpa-min",
  tenth_min: "--tenth-min",
  twelfth_or_diploma_min: "--twelfth-or-diploma-min",
  active_backlogs_max: "--active-backlogs-max",
  total_backlogs_max: "--total-backlogs-max",
  branches: "--branch",
  programmes: "--programme",
  batch_years: "--batch-year",
  colleges: "--college",
  genders: "--gender",
  gender_purpose: "--gender-purpose",
  not_placed: "--not-placed",
  placed_ctc_multiple: "--placed-ctc-multiple",
  on_missing: "--on-missing",
};

const TIMES = { reg_opens_at: "--opens", reg_closes_at: "--closes" } as const;

/** `placeops drive create …` for what the form holds; with `source` as a copy of that drive. */
export function createCommand(values: DriveValues, source?: { code: string; values: DriveValues }): string {
  const changes = changesOf(source?.values ?? EMPTY, values);
  const { given } = options(changes, values);
  return cli(
    "drive",
    "create",
    ...(source ? ["--copy-from", source.code] : []),
    ...given,
    values.auto_calc && "--auto-calc",
  );
}

/** `placeops drive update …` for what has changed. */
export function updateCommand(code: string, before: DriveValues, after: DriveValues): string {
  const { given, cleared } = options(changesOf(before, after), after);
  return cli("drive", "update", code, ...given, ...(cleared.length ? ["--clear", cleared.join(",")] : []));
}

/** `placeops drive preview …` for the rules of the form. */
export function previewCommand(values: DriveValues, drive?: string): string {
  const { criteria } = changesOf(EMPTY, values);
  return cli(
    "drive",
    "preview",
    ...(drive ? ["--drive", drive] : []),
    ...options({ criteria }, values).given,
  );
}

function options(changes: Changes, values: DriveValues): { given: Word[]; cleared: string[] } {
  const { criteria, ...fields } = changes;
  const given: Word[] = [];
  const cleared: string[] = [];
  for (const [name, value] of Object.entries({ ...fields, ...criteria }) as [string, unknown][]) {
    if (name in TIMES) {
      const option = TIMES[name as keyof typeof TIMES];
      if (value === null) cleared.push(option.slice(2));
      else given.push(option, values[name as keyof typeof TIMES].replace("T", " "));
    } else if (name === "not_debarred") {
      if (value === false) given.push("--allow-debarred");
      else cleared.push("allow-debarred");
    } else {
      addOption(OPTIONS[name] ?? `--${name}`, value, given, cleared);
    }
  }
  return { given, cleared };
}

function addOption(option: string, value: unknown, given: Word[], cleared: string[]): void {
  if (value === true) given.push(option);
  else if (value === null || value === false || value === "" || (Array.isArray(value) && !value.length)) {
    cleared.push(option.slice(2));
  } else if (Array.isArray(value)) {
    for (const one of value as Word[]) given.push(option, one);
  } else {
    given.push(option, value as Word);
  }
}
