import { api, unwrap } from "@/api/client";
import { usePages } from "@/api/pages";
import { useFilters } from "@/lib/filters";
import { cli } from "@/lib/words";
import { Button, ButtonLink } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { DriveFilter } from "../drives/DriveFilter";
import { ExportTable } from "./ExportTable";

/** All exports in sight, newest first. */
export default function ExportList() {
  const { get, set, clear } = useFilters();
  const drive = get("drive") || undefined;
  const pages = usePages(
    ["exports", { drive }],
    async (cursor) => unwrap(await api.GET("/exports", { params: { query: { drive, cursor } } })),
    { live: true },
  );
  return (
    <>
      <PageHeader
        title="Exports"
        about="Files that were requested of drives. A file is removed when it expires; the record stays."
        actions={<CopyCli command={cli("export", "list", ...(drive ? ["--drive", drive] : []))} />}
      />
      <div className="mb-3 flex flex-wrap gap-2">
        <DriveFilter search value={get("drive")} onChange={(value) => set({ drive: value })} />
        {drive && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
      <Panel flush>
        <ExportTable
          pages={pages}
          empty={
            drive ? (
              <EmptyState
                title="Nothing was exported of this drive"
                command={cli("export", "registrations", drive, "--wait")}
              />
            ) : (
              <EmptyState
                title="No exports yet"
                command="placeops export registrations DRIVE --wait"
                action={<ButtonLink to="/drives">To the drives</ButtonLink>}
              >
                An export is requested on a drive's page, under Exports.
              </EmptyState>
            )
          }
        />
      </Panel>
    </>
  );
}
