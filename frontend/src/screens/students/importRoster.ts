import { api, unwrap, type Schema } from "@/api/client";

export interface RosterAsk {
  file: File;
  college: string;
  onError: "skip" | "abort";
  /** Which header each field is read from, where that is not recognised. */
  map: Record<string, string>;
  /** Null: only say what would happen. */
  plan: string | null;
}

/** Plans the import of a roster, or applies just what was planned. */
export async function importRoster({ file, college, onError, map, plan }: RosterAsk) {
  return unwrap(
    await api.POST("/students/import", {
      params: {
        query: {
          college: college || undefined,
          on_error: onError,
          map: Object.entries(map).map(([field, header]) => `${field}=${header}`),
          ...(plan ? { plan } : { dry_run: true }),
        },
      },
      // The document calls the bytes of a file a string; the file itself is sent.
      body: file as unknown as string,
      bodySerializer: (body) => body,
      headers: { "Content-Type": "application/octet-stream" },
    }),
  );
}

export type RosterReport = Schema<"RosterReport">;
export type RowProblem = RosterReport["problems"][number];
