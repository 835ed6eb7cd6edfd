/** The presets of exports, the default first: their names and what they hold. */
export const PRESETS = [
  {
    value: "company_shortlist",
    label: "Company shortlist",
    about: "Who is registered, as the company gets the list.",
  },
  {
    value: "attendance_sheet",
    label: "Attendance sheet",
    about: "Who is expected in which round and what has been marked, to take along.",
  },
  {
    value: "coordinator_full",
    label: "Coordinator's full list",
    about: "Everything the office knows of the registrations, withdrawn ones too.",
  },
  { value: "no_show", label: "No-shows", about: "Who registered and did not come." },
  { value: "offers", label: "Offers", about: "The offers of this drive." },
] as const;

export type Preset = (typeof PRESETS)[number]["value"];

export const presetLabel = (preset: string): string =>
  PRESETS.find(({ value }) => value === preset)?.label ?? preset;

/** Presets whose rows are no registrations, so that no status narrows them. */
export const WITHOUT_STATUS: readonly string[] = ["no_show", "offers"];

/** Presets that take a permission of their own. */
export const PERMISSION_OF: Partial<Record<Preset, string>> = { coordinator_full: "export.full" };
