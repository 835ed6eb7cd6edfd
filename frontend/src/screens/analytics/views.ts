import type { Column } from "@/ui/DataTable";
import { words } from "@/lib/words";
import { date, drive, field, fieldWords, money, number, share, state, text, year } from "./columns";
import { named, type Row } from "./rows";

export interface RowFilter {
  /** Its place in the URL. */
  name: string;
  label: string;
  any: string;
  of: (row: Row) => string;
  /** How a value is shown, by a row that has it. */
  shown?: (row: Row) => string;
  descending?: boolean;
  /** The choices of the view's option for which its rows can be told apart so; all where it is absent. */
  levels?: readonly string[];
}

/** What the figures are shown by; the first choice holds where none is in the URL. */
export interface ViewOption {
  name: string;
  label: string;
  choices: readonly { value: string; label: string }[];
}

export interface ViewSpec {
  label: string;
  /** How its figures are to be read. */
  about: string;
  filters: readonly RowFilter[];
  option?: ViewOption;
  /** Whether a row is shown under a choice of the option; all are where it is absent. */
  holds?: (row: Row, choice: string) => boolean;
  columns: readonly Column<Row>[];
  key: readonly string[];
  /** Why there may be no rows after a refresh. */
  empty: string;
}

const filter = (name: string, label: string, any: string, rest: Partial<RowFilter> = {}): RowFilter => ({
  name,
  label,
  any,
  of: (row) => named(row, name),
  ...rest,
});

const COLLEGE = filter("college", "College", "Any college");
const BRANCH = filter("branch", "Branch", "Any branch");
const BATCH = filter("batch", "Batch", "Any batch", {
  of: (row) => named(row, "batch_year"),
  shown: (row) => `Batch ${named(row, "batch_year")}`,
  descending: true,
});
const DRIVE = filter("drive", "Drive", "All drives", {
  of: (row) => named(row, "code"),
  shown: (row) => [row.company, row.title, row.code].filter(Boolean).join(" · "),
});

export const BY = {
  branch: "branch",
  college: "college",
  programme: "programme",
  batch: "batch_year",
} as const;

export const VIEWS: Record<string, ViewSpec> = {
  drive_funnel: {
    label: "Drive funnel",
    about:
      "Each step counts a student once a drive. Eligible are those whom the last computation found; a drive without one has none. Attended: present or late in any round.",
    filters: [DRIVE, filter("status", "State", "Any state", { shown: (row) => words(named(row, "status")) })],
    columns: [
      drive,
      state,
      number("eligible", "Eligible"),
      number("review", "Review"),
      number("selected", "Selected"),
      number("registered", "Registered"),
      number("withdrawn", "Withdrawn"),
      number("attended", "Attended"),
      number("no_show", "No-show"),
      number("offered", "Offered"),
      number("accepted", "Accepted"),
    ],
    key: ["drive_id"],
    empty: "There is no drive yet. A new drive appears here after the next refresh.",
  },
  branch_placement: {
    label: "Branch placement",
    about:
      "The same year reads differently by what it is divided by. Registered: for any drive, not withdrawn. Participants: present or late in a round of any drive. Placed: by an accepted offer or marked so in the roster. The percentages are of those placed: among the registered, and among the participants.",
    filters: [COLLEGE, BRANCH, BATCH],
    option: {
      name: "by",
      label: "Bars",
      choices: [
        { value: "branch", label: "A bar a branch" },
        { value: "college", label: "A bar a college" },
        { value: "programme", label: "A bar a programme" },
        { value: "batch", label: "A bar a batch" },
      ],
    },
    columns: [
      text("branch", "Branch", true),
      text("college", "College"),
      text("programme", "Programme"),
      year("batch_year", "Batch"),
      number("strength", "Strength"),
      number("eligible", "Eligible"),
      number("registered", "Registered"),
      number("participated", "Participants"),
      number("placed", "Placed"),
      number("not_placed", "Not placed"),
      share("% of registered", "placed_of_registered", "registered"),
      share("% of participants", "placed_of_participated", "participated"),
    ],
    key: ["college_id", "programme", "branch", "batch_year"],
    empty: "There are no students yet. Import a roster, then refresh.",
  },
  ctc_statistics: {
    label: "CTC",
    about:
      "Each placed student counts once, with the best accepted offer whose CTC is known. Who is placed without a known CTC is counted, but is in no figure of pay.",
    filters: [{ ...COLLEGE, levels: ["branch", "college"] }, { ...BRANCH, levels: ["branch"] }, BATCH],
    holds: (row, choice) => row.level === choice,
    option: {
      name: "level",
      label: "Level",
      choices: [
        { value: "branch", label: "Each branch" },
        { value: "college", label: "Each college" },
        { value: "batch", label: "Each batch" },
      ],
    },
    columns: [
      {
        id: "group",
        header: "Who",
        primary: true,
        sort: (row) => groupWords(row).toLowerCase(),
        cell: (row) => groupWords(row),
      },
      year("batch_year", "Batch"),
      number("placed", "Placed"),
      number("with_ctc", "CTC known"),
      money("ctc_min", "Lowest"),
      money("ctc_q1", "Lower quartile"),
      money("ctc_median", "Median"),
      money("ctc_q3", "Upper quartile"),
      money("ctc_max", "Highest"),
      money("ctc_mean", "Mean"),
    ],
    key: ["level", "college_id", "programme", "branch", "batch_year"],
    empty: "Nobody is placed yet. Record an accepted offer, then refresh.",
  },
  company_season: {
    label: "Companies",
    about:
      "A season runs from July to June. Offers are those that were not revoked; drafts are left out. Choose a season to see its companies, or a company to see its seasons.",
    filters: [
      filter("season", "Season", "All seasons", { descending: true }),
      filter("company", "Company", "All companies"),
    ],
    columns: [
      text("company", "Company", true),
      text("season", "Season"),
      number("drives", "Drives"),
      number("cancelled", "Cancelled"),
      number("registered", "Registered"),
      number("offered", "Offers"),
      number("accepted", "Accepted"),
      number("with_ctc", "CTC known"),
      money("ctc_min", "Lowest CTC"),
      money("ctc_mean", "Mean CTC"),
      money("ctc_max", "Highest CTC"),
    ],
    key: ["company", "season"],
    empty: "No company has come yet. Publish a drive, then refresh.",
  },
  daily_registrations: {
    label: "Daily registrations",
    about: "How many registered and how many withdrew, by the day in the student's college.",
    filters: [DRIVE],
    option: {
      name: "days",
      label: "Days",
      choices: [
        { value: "90", label: "Last 90 days" },
        { value: "30", label: "Last 30 days" },
        { value: "all", label: "All days" },
      ],
    },
    columns: [
      drive,
      date("day", "Day"),
      number("registered", "Registered"),
      number("withdrawn", "Withdrawn"),
    ],
    key: ["drive_id", "day"],
    empty: "Nobody has registered yet.",
  },
  data_quality: {
    label: "Data quality",
    about:
      "Students whose value is missing or cannot be meant (a CGPA of 0, a percentage below 30), and how many of them a drive keeps out because a value is missing.",
    filters: [
      COLLEGE,
      BRANCH,
      BATCH,
      filter("field", "Field", "Any field", { shown: (row) => fieldWords(named(row, "field")) }),
    ],
    columns: [
      field,
      text("college", "College"),
      text("branch", "Branch"),
      year("batch_year", "Batch"),
      number("students", "Students"),
      number("missing", "Missing"),
      number("out_of_range", "Out of range"),
      number("excluded", "Kept out"),
    ],
    key: ["college_id", "branch", "batch_year", "field"],
    empty: "No value is missing or out of range.",
  },
};

/** Whom a row of the CTC view is about. */
export function groupWords(row: Row): string {
  if (row.level === "batch") return `Batch ${named(row, "batch_year")}`;
  if (row.level === "college") return `${named(row, "college")} ${named(row, "batch_year")}`;
  return [named(row, "branch"), row.programme, row.college, named(row, "batch_year")]
    .filter(Boolean)
    .join(", ");
}
