/** `in_progress` → `In progress`: how codes of the API read in the console. */
export function words(code: string): string {
  return capital(code.replace(/[_-]/g, " ").toLowerCase());
}

/** The text as a sentence begins. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A command of the CLI from its words; arguments with spaces or signs are quoted for a shell. */
export function cli(...parts: (string | number | null | undefined | false)[]): string {
  const given = parts.filter((part) => part !== null && part !== undefined && part !== false);
  return ["placeops", ...given.map((part) => quoted(String(part)))].join(" ");
}

const quoted = (part: string): string =>
  /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`;
