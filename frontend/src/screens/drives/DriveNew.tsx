import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { toast } from "sonner";
import { useAct } from "@/api/act";
import { api, newKey, unwrap, type Schema } from "@/api/client";
import { useMay, useProfile } from "@/api/profile";
import { useFilters } from "@/lib/filters";
import { PageHeader } from "@/ui/PageHeader";
import { ErrorPanel, Skeleton } from "@/ui/States";
import { createCommand } from "./driveCli";
import { DriveForm } from "./DriveForm";
import { bodyOf, copyOf, EMPTY, type DriveValues } from "./driveValues";
import { NotYours } from "./NotYours";
import { useDrive } from "./useDrive";

/** A new drive, from nothing or (`?copy=12`) from another one. */
export default function DriveNew() {
  const { get } = useFilters();
  const source = get("copy");
  if (!useMay()("drive.write")) return <NotYours />;
  return source ? <FromCopy source={source} /> : <Create title="New drive" />;
}

function FromCopy({ source }: { source: string }) {
  const { data, error, refetch } = useDrive(source);
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={6} />;
  return <Create key={source} title={`Copy of ${data.drive.code}`} source={data} />;
}

/** A coordinator's drive admits students of the coordinator's colleges and branches only. */
const within = (scope: Schema<"Scope"> | undefined, values: DriveValues): DriveValues => ({
  ...values,
  colleges: values.colleges.length ? values.colleges : (scope?.colleges ?? []),
  branches: values.branches.length ? values.branches : (scope?.branches ?? []),
});

function Create({ title, source }: { title: string; source?: Schema<"DriveDetails"> }) {
  const navigate = useNavigate();
  const scope = useProfile().user?.scope;
  const [start] = useState(() => (source ? copyOf(source) : EMPTY));
  const [values, setValues] = useState<DriveValues>(() => within(scope, start));
  const [key, setKey] = useState(newKey);
  const create = useAct(
    async (made: DriveValues) =>
      unwrap(
        await api.POST("/drives", { body: bodyOf(made), params: { header: { "Idempotency-Key": key } } }),
      ),
    {
      quiet: true,
      done: ({ drive }) => `${drive.code} is created`,
      invalidates: [["drives"]],
      onDone: ({ drive, warnings }) => {
        warnings.forEach((warning) => toast.warning(warning));
        void navigate(`/drives/${drive.id}`);
      },
    },
  );
  return (
    <>
      <PageHeader above={<Link to="/drives">Drives</Link>} title={title} />
      <DriveForm
        values={values}
        onChange={(next) => {
          setValues(next);
          // What was refused may be sent again with other contents, which needs another key.
          if (create.isError) {
            create.reset();
            setKey(newKey());
          }
        }}
        error={create.error}
        busy={create.isPending}
        submit={values.auto_calc ? "Create and publish" : "Create draft"}
        command={createCommand(values, source && { code: source.drive.code, values: start })}
        back={source ? `/drives/${source.drive.id}` : "/drives"}
        onSubmit={() => create.mutate(values)}
      />
    </>
  );
}
