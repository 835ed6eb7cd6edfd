/** The text of a file as offices send them: UTF-8, UTF-16 with its mark, else Windows-1252. Throws for a workbook. */
export async function readText(file: Blob): Promise<string> {
  const data = new Uint8Array(await file.arrayBuffer());
  const [first, second] = data;
  if (first === 0x50 && second === 0x4b) {
    throw new Error("This is a spreadsheet workbook: save the sheet as CSV and choose that.");
  }
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(data);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(data);
  try {
    // A piece of a file may end within a character, which is no reason to take it for something else.
    return new TextDecoder("utf-8", { fatal: true }).decode(data, { stream: true });
  } catch {
    return new TextDecoder("windows-1252").decode(data);
  }
}
