import type { Schema } from "@/api/client";
import { counted } from "@/lib/numbers";

export type Criteria = Schema<"Criteria">;

/** The rules in the order in which they are judged, as people call what they look at. */
export const RULES: Record<string, string> = {
  cgpa_min: "CGPA",
  tenth_min: "10th %",
  twelfth_or_diploma_min: "12th or diploma %",
  active_backlogs_max: "Active backlogs",
  total_backlogs_max: "Total backlogs",
  branch_in: "Branch",
  programme_in: "Programme",
  batch_year_in: "Batch",
  college_in: "College",
  gender_in: "Gender",
  not_debarred: "Debarment",
  not_placed: "Placement",
};

export const ON_MISSING = [
  { value: "EXCLUDE", label: "Not eligible" },
  { value: "REVIEW", label: "To be reviewed by the coordinator" },
  { value: "INCLUDE", label: "Passes that rule" },
] as const;

export const GENDERS: Record<string, string> = { F: "Women", M: "Men", X: "Other" };

/** What is empty when a rule cannot be judged, within a sentence. */
const EMPTY: Record<string, string> = {
  active_backlogs_max: "the number of active backlogs",
  total_backlogs_max: "the number of total backlogs",
  branch_in: "the branch",
  programme_in: "the programme",
  batch_year_in: "the batch",
  gender_in: "the gender",
  not_placed: "the CTC of the drive or of the accepted offer",
};

interface Gaps {
  only_missing: Record<string, number>;
  missing_several: number;
}

/** What missing data costs: `37 lost only because 12th or diploma % is empty`. */
export function gapWords({ only_missing, missing_several }: Gaps, onMissing: string): string[] {
  const lost = onMissing === "REVIEW" ? "to review" : "lost";
  const told = Object.entries(only_missing)
    .filter(([, students]) => students > 0)
    .sort(([, one], [, other]) => other - one)
    .map(([rule, students]) => {
      const empty = EMPTY[rule] ?? RULES[rule] ?? rule;
      return `${counted(students, "student")} ${lost} only because ${empty} is empty`;
    });
  if (missing_several > 0) {
    told.push(`${counted(missing_several, "student")} ${lost} because several values are empty`);
  }
  return told;
}

/** The criteria as sentences, one for each rule that is imposed. */
export function criteriaWords(criteria: Criteria): [rule: string, wanted: string][] {
  const { cgpa_min, tenth_min, twelfth_or_diploma_min, placed_ctc_multiple } = criteria;
  const told: [string, string | null][] = [
    ["CGPA", least(cgpa_min)],
    ["10th %", least(tenth_min)],
    ["12th or diploma %", least(twelfth_or_diploma_min)],
    ["Active backlogs", most(criteria.active_backlogs_max)],
    ["Total backlogs", most(criteria.total_backlogs_max)],
    ["Branch", among(criteria.branches)],
    ["Programme", among(criteria.programmes)],
    ["Batch", among(criteria.batch_years)],
    ["College", among(criteria.colleges)],
    ["Gender", genders(criteria)],
    ["Debarred students", criteria.not_debarred ? "may not register" : "may register"],
    [
      "Placed students",
      !criteria.not_placed
        ? "may register"
        : placed_ctc_multiple
          ? `may register only where the drive pays at least ${plain(placed_ctc_multiple)} times what they accepted`
          : "may not register",
    ],
  ];
  return told.filter((one): one is [string, string] => one[1] !== null);
}

export const missingWords = (onMissing: string | undefined): string => {
  if (onMissing === "REVIEW") return "is reviewed by the coordinator";
  return onMissing === "INCLUDE" ? "passes that rule" : "is not eligible";
};

/** `7.00` → `7`, `6.50` → `6.5`: a decimal without idle zeros. */
export const plain = (decimal: string): string =>
  decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;

const least = (value: string | null | undefined) => (value == null ? null : `at least ${plain(value)}`);

const most = (value: number | null | undefined) =>
  value == null ? null : value === 0 ? "none" : `at most ${value}`;

const among = (values: readonly (string | number)[] | undefined) =>
  values?.length ? values.join(", ") : null;

const genders = ({ genders: codes, gender_purpose }: Criteria) =>
  codes?.length
    ? codes.map((code) => GENDERS[code] ?? code).join(", ") + (gender_purpose ? ` (${gender_purpose})` : "")
    : null;
