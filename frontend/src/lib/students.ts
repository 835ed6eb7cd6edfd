interface Named {
  college: string;
  roll_no: string;
}

/** Where a student's page is. */
export const studentPath = ({ college, roll_no }: Named): string =>
  `/students/${encodeURIComponent(college)}/${encodeURIComponent(roll_no)}`;

/** `COLLEGE:ROLL_NO`, which names one student wherever a roll number goes. */
export const studentRef = ({ college, roll_no }: Named): string => `${college}:${roll_no}`;

/** The fields of a student that a roster may hold, as people call them. */
export const STUDENT_FIELDS: Record<string, string> = {
  roll_no: "Roll number",
  name: "Name",
  college: "College",
  email: "Email",
  phone: "Phone",
  gender: "Gender",
  programme: "Programme",
  branch: "Branch",
  batch_year: "Batch",
  admission_type: "Admission type",
  cgpa: "CGPA",
  tenth_pct: "10th %",
  twelfth_pct: "12th %",
  diploma_pct: "Diploma %",
  active_backlogs: "Active backlogs",
  total_backlogs: "Total backlogs",
  placed: "Placed",
  debarred: "Debarred",
};
