import { readText } from "@/lib/readText";

const LOOKED_AT = 65_536;
const DELIMITERS = [",", ";", "\t"];

/** The header's cells of a roster, as they are shown: the delimiter that makes the most of them is the file's. */
export async function readHeader(file: File): Promise<string[]> {
  const text = (await readText(file.slice(0, LOOKED_AT))).replace(/^\ufeff/, "").trimStart();
  const rows = DELIMITERS.map((delimiter) => firstRow(text, delimiter));
  const widest = rows.reduce((most, row) => (row.length > most.length ? row : most), []);
  return widest.map((cell) => cell.split(/\s+/).filter(Boolean).join(" ")).filter(Boolean);
}

function firstRow(text: string, delimiter: string): string[] {
  const cells = [""];
  let quoted = false;
  for (const sign of text) {
    if (sign === '"') quoted = !quoted;
    else if (!quoted && (sign === "\n" || sign === "\r")) break;
    else if (!quoted && sign === delimiter) cells.push("");
    else cells[cells.length - 1] += sign;
  }
  return cells;
}
