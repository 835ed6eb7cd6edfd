import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { usePages } from "@/api/pages";
import { useMay } from "@/api/profile";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable } from "@/ui/DataTable";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { BulkBar } from "./BulkBar";
import { JOB_COLUMNS } from "./jobColumns";
import { asked, options, useJobFilter, type JobFilter } from "./jobFilter";
import { JobFilters } from "./JobFilters";
import { JOB_STATES, stateWords } from "./jobWords";

/** What the counts say of a state; of all states the sum. */
function useCounts(filter: JobFilter) {
  const { type, drive, by, since } = filter;
  const { data } = useQuery({
    queryKey: ["jobs", "counts", { type, drive, by, since }],
    queryFn: async () => unwrap(await api.GET("/jobs/counts", { params: { query: asked(filter) } })),
    meta: { live: true },
  });
  const of = (state: string | undefined): number | null => {
    if (!data) return null;
    if (state) return data.states[state] ?? 0;
    return Object.values(data.states).reduce((sum, one) => sum + one, 0);
  };
  return { of, more: data?.more ?? false };
}

export default function JobList() {
  const may = useMay();
  const { filter, narrowed, set, clear } = useJobFilter();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const key = JSON.stringify(filter);
  const [chosenFor, setChosenFor] = useState(key);
  if (chosenFor !== key) {
    setChosenFor(key);
    setChosen(new Set());
  }
  const counts = useCounts(filter);
  const pages = usePages(
    ["jobs", "list", filter],
    async (cursor) =>
      unwrap(
        await api.GET("/jobs", { params: { query: { ...asked(filter), state: filter.state, cursor } } }),
      ),
    { live: true },
  );
  const state = filter.state ? ["--state", filter.state] : [];
  const people = [...new Set(pages.rows.map((job) => job.created_by))].sort();
  return (
    <>
      <PageHeader
        title="Jobs"
        about="What is done in the background, in the order in which it was asked for."
        actions={<CopyCli command={cli("job", "list", ...state, ...options(filter))} />}
      />
      <JobFilters filter={filter} narrowed={narrowed} people={people} set={set} />
      <Tabs
        label="Jobs by state"
        value={filter.state ?? "all"}
        onChange={(tab) => set({ state: tab === "all" ? "" : tab })}
        tabs={[
          { value: "all", label: "All", count: counts.of(undefined) },
          ...JOB_STATES.map((one) => ({ value: one, label: stateWords(one), count: counts.of(one) })),
        ]}
      >
        {may("job.manage") && (
          <BulkBar
            filter={filter}
            rows={pages.rows}
            matching={counts.of(filter.state)}
            chosen={chosen}
            onChange={setChosen}
          />
        )}
        <Panel flush>
          <DataTable
            label="Jobs"
            columns={JOB_COLUMNS}
            pages={pages}
            rowKey={(job) => job.id}
            rowHref={(job) => `/jobs/${job.id}`}
            selection={may("job.manage") ? { chosen, onChange: setChosen } : undefined}
            empty={
              narrowed || filter.state ? (
                <EmptyState
                  title={`No ${filter.state ? stateWords(filter.state).toLowerCase() : ""} jobs${narrowed ? " match these filters" : ""}`}
                  action={<Button onClick={clear}>Show all jobs</Button>}
                />
              ) : (
                <EmptyState title="No jobs yet" command="placeops drive publish DRIVE --eligible">
                  Publishing a drive, computing who is eligible and exporting a list each make one.
                </EmptyState>
              )
            }
          />
        </Panel>
        {counts.more && (
          <p className="mt-2 text-xs text-muted">
            Completed and cancelled jobs are counted among the newest 10,000 that ended; there are older ones.
          </p>
        )}
      </Tabs>
    </>
  );
}
