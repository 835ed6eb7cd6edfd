/** The fields of a drive and of its criteria, as they are called within a sentence. */
export const FIELD_WORDS: Partial<Record<string, string>> = {
  title: "position",
  ctc_min: "CTC from",
  ctc_max: "CTC up to",
  reg_opens_at: "opening of registration",
  reg_closes_at: "close of registration",
  drive_date: "date of the drive",
  cgpa_min: "CGPA",
  tenth_min: "10th %",
  twelfth_or_diploma_min: "12th or diploma %",
  batch_years: "batches",
  gender_purpose: "purpose of the gender rule",
  not_debarred: "debarred students",
  not_placed: "placed students",
  placed_ctc_multiple: "exception for placed students",
  on_missing: "what becomes of missing values",
};
