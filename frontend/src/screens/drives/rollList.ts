/** One student of a list: the line on which the roll number stood, from 1. */
export interface Entry {
  line: number;
  roll: string;
}

const HEADERS = new Set(
  (
    "roll rollno rollnumber regno regdno regnumber registerno registernumber registrationno registrationnumber " +
    "enrolmentno enrolmentnumber enrollmentno enrollmentnumber usn prn hallticketno hallticketnumber htno " +
    "universityrollno universityregno"
  ).split(" "),
);
const DELIMITERS = [",", ";", "\t"];

/** The roll numbers of a list as people paste them: one a line, or a column of a CSV. Throws for a CSV without one. */
export function readRolls(text: string): Entry[] {
  const clean = text.replace(/^\ufeff/, "");
  const first = clean.split(/\r\n|\r|\n/, 1)[0] ?? "";
  const delimiter = DELIMITERS.reduce((best, one) =>
    first.split(one).length > first.split(best).length ? one : best,
  );
  const [titles = []] = rows(first, delimiter).map(({ cells }) => cells);
  const column = titles.findIndex((title) => HEADERS.has(title.toLowerCase().replace(/[^a-z]/g, "")));
  if (column < 0 && titles.length > 1) {
    throw new Error(
      "The first line has several columns, but none is named roll_no. Name it, or give one roll number a line.",
    );
  }
  const told =
    column < 0
      ? clean.split(/\r\n|\r|\n/).map((roll, place) => ({ line: place + 1, roll }))
      : rows(clean, delimiter)
          .slice(1)
          .map(({ line, cells }) => ({ line, roll: cells[column] ?? "" }));
  return told.map(({ line, roll }) => ({ line, roll: roll.trim() })).filter(({ roll }) => roll !== "");
}

interface Row {
  line: number;
  cells: string[];
}

/** The rows of a CSV, each with the line on which it begins; quoted cells may go over several. */
function rows(text: string, delimiter: string): Row[] {
  const found: Row[] = [];
  let row: Row = { line: 1, cells: [""] };
  let line = 1;
  let quoted = false;
  for (let place = 0; place < text.length; place += 1) {
    const sign = text[place] ?? "";
    const ends = sign === "\n" || (sign === "\r" && text[place + 1] !== "\n");
    if (ends) line += 1;
    if (sign === '"' && quoted && text[place + 1] === '"') {
      row.cells[row.cells.length - 1] += '"';
      place += 1;
    } else if (sign === '"') quoted = !quoted;
    else if (quoted) row.cells[row.cells.length - 1] += sign;
    else if (ends) {
      found.push(row);
      row = { line, cells: [""] };
    } else if (sign === delimiter) row.cells.push("");
    else if (sign !== "\r") row.cells[row.cells.length - 1] += sign;
  }
  if (quoted) throw new Error("A quote of the CSV is never closed.");
  if (row.cells.length > 1 || row.cells[0]) found.push(row);
  return found;
}
