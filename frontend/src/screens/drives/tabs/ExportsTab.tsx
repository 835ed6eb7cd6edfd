import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { asProblem } from "@/api/problem";
import { useMay } from "@/api/profile";
import { useFilters } from "@/lib/filters";
import { cli } from "@/lib/words";
import { CopyCli } from "@/ui/CopyCli";
import { Panel } from "@/ui/Panel";
import { EmptyState, ErrorPanel } from "@/ui/States";
import { ExportTable } from "../../exports/ExportTable";
import { ExportForm } from "./ExportForm";
import { ExportProgress } from "./ExportProgress";

type Drive = Schema<"Drive">;

/** Requests a file of a drive's list, follows it, and lists what was exported before. */
export default function ExportsTab({ drive }: { drive: Drive }) {
  const may = useMay();
  const { get, set } = useFilters();
  const followed = Number(get("export")) || null;
  const pages = usePages(
    ["exports", { drive: drive.id }],
    async (cursor) =>
      unwrap(await api.GET("/exports", { params: { query: { drive: String(drive.id), cursor } } })),
    { live: true },
  );
  // A coordinator may export drives that are wholly in scope only.
  if (pages.error && asProblem(pages.error).code === "forbidden") return <ErrorPanel error={pages.error} />;
  return (
    <div className="space-y-4">
      {may("export.request") && (
        <ExportForm drive={drive} onRequested={(id) => set({ export: String(id) })} />
      )}
      {followed && <ExportProgress key={followed} id={followed} onClose={() => set({ export: null })} />}
      <Panel
        title="Past exports"
        flush
        actions={<CopyCli command={cli("export", "list", "--drive", drive.code)} />}
      >
        <ExportTable
          pages={pages}
          drive={false}
          empty={
            <EmptyState
              title="Nothing was exported of this drive"
              command={cli("export", "registrations", drive.code, "--wait")}
            >
              {may("export.request") && "Choose above what the file is for."}
            </EmptyState>
          }
        />
      </Panel>
    </div>
  );
}
