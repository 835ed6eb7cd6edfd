import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { api, unwrap, type Schema } from "@/api/client";
import { useMay } from "@/api/profile";
import { count } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { useFilters } from "@/lib/filters";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable } from "@/ui/DataTable";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState, ErrorPanel, Skeleton } from "@/ui/States";
import { Tabs } from "@/ui/Tabs";
import { Age, RefreshButton, Told } from "./Freshness";
import { rowsOf, type Row } from "./rows";
import { useRefresh } from "./useRefresh";
import { useFiltered, useOption, ViewFilters } from "./ViewFilters";
import { VIEWS, type ViewOption, type ViewSpec } from "./views";

const Chart = lazy(() => import("./charts/Chart"));
const MOST_ROWS = 10_000;

export default function ViewPage() {
  const { view = "" } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({
    queryKey: ["views"],
    queryFn: async () => unwrap(await api.GET("/views")).items,
  });
  if (!data) {
    return (
      <>
        <PageHeader title="Analytics" />
        {error ? <ErrorPanel error={error} retry={() => void refetch()} /> : <Skeleton lines={8} />}
      </>
    );
  }
  const tabs = data.map(({ name, title }) => ({ value: name, label: VIEWS[name]?.label ?? title }));
  // Filters that the next view has too stay chosen.
  const go = (name: string) => void navigate(`/analytics/${name}${search}`);
  return (
    <Tabs label="Views" tabs={tabs} value={view} onChange={go}>
      <View key={view} name={view} />
    </Tabs>
  );
}

function View({ name }: { name: string }) {
  const may = useMay();
  const refreshing = useRefresh(name);
  const spec = VIEWS[name];
  const { data, error, refetch } = useQuery({
    queryKey: ["views", name],
    queryFn: async () => {
      const params = { path: { name }, query: { limit: MOST_ROWS } };
      return unwrap(await api.GET("/views/{name}", { params }));
    },
  });
  return (
    <>
      <PageHeader
        title={spec?.label ?? "Analytics"}
        about={data && <Age view={data} />}
        actions={
          <>
            <CopyCli command={cli("view", "refresh", name, "--wait")} />
            {may("view.refresh") && <RefreshButton refreshing={refreshing} />}
          </>
        }
      />
      <div className="mb-3 empty:hidden">
        <Told refreshing={refreshing} />
      </div>
      {error && <ErrorPanel error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton lines={8} />}
      {data && spec && <Figures name={name} spec={spec} data={data} refreshing={refreshing} />}
    </>
  );
}

interface FiguresProps {
  name: string;
  spec: ViewSpec;
  data: Schema<"ViewData">;
  refreshing: ReturnType<typeof useRefresh>;
}

function Figures({ name, spec, data, refreshing }: FiguresProps) {
  const rows = useMemo(() => rowsOf(data), [data]);
  const option = useMemo(() => optionOf(spec, rows), [spec, rows]);
  const choice = useOption(option);
  const shown = useMemo(() => rows.filter((row) => spec.holds?.(row, choice) ?? true), [spec, rows, choice]);
  const filtered = useFiltered(spec, shown, choice);
  if (!rows.length) return <NoRows name={name} spec={spec} data={data} refreshing={refreshing} />;
  return (
    <div className="space-y-4">
      <ViewFilters spec={spec} rows={shown} option={option} />
      {data.more && (
        <p className="text-sm text-warn">
          There are more than {count(MOST_ROWS)} rows; these are the first of them.
        </p>
      )}
      {filtered.length === 0 ? (
        <NoMatch spec={spec} />
      ) : (
        <>
          <Panel title="Chart">
            <Suspense fallback={<Skeleton lines={6} />}>
              <Chart view={name} rows={filtered} option={choice} />
            </Suspense>
            <div className="mt-4 border-t border-line pt-3">
              <p className="max-w-4xl text-xs text-muted">{spec.about}</p>
            </div>
          </Panel>
          <Panel title="Table" actions={<CopyCli command={cli("view", "show", name)} />} flush>
            <DataTable
              wide
              label={spec.label}
              columns={spec.columns}
              rows={filtered}
              rowKey={(row: Row) => spec.key.map((column) => row[column] ?? "").join("\u0000")}
              {...(spec.key[0] === "drive_id" && {
                rowHref: (row: Row) => `/drives/${String(row.drive_id)}`,
              })}
              empty={null}
            />
          </Panel>
        </>
      )}
    </div>
  );
}

/** The option with those of its choices under which there are rows. */
function optionOf({ option, holds }: ViewSpec, rows: readonly Row[]): ViewOption | undefined {
  if (!option || !holds) return option;
  return { ...option, choices: option.choices.filter(({ value }) => rows.some((row) => holds(row, value))) };
}

function NoRows({ name, spec, data, refreshing }: FiguresProps) {
  const may = useMay();
  return (
    <Panel>
      <EmptyState
        title={data.as_of ? "Nothing to show" : "This view was never refreshed"}
        command={cli("view", "refresh", name)}
        action={
          may("view.refresh") && (
            <Button kind="primary" busy={refreshing.busy} onClick={refreshing.start}>
              Refresh now
            </Button>
          )
        }
      >
        {data.as_of ? spec.empty : "Its figures are computed by a refresh, here or on its schedule."}
      </EmptyState>
    </Panel>
  );
}

function NoMatch({ spec }: { spec: ViewSpec }) {
  const { set } = useFilters();
  const clear = () => set(Object.fromEntries(spec.filters.map(({ name }) => [name, null])));
  return (
    <Panel>
      <EmptyState
        title="No row matches these filters"
        action={<Button onClick={clear}>Clear the filters</Button>}
      />
    </Panel>
  );
}
