import { useState } from "react";
import { toast } from "sonner";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { bodyFor, sameAs, type Wanted } from "./publishing";

type Published = Schema<"Published">;

/** Plans a publish by the server's dry run, and publishes what the plan says: not when it would be another one by now. */
export function usePublish(drive: Schema<"Drive">) {
  const [planned, setPlanned] = useState<{ told: Published; wanted: Wanted } | null>(null);
  const send = async (wanted: Wanted, dryRun: boolean) =>
    unwrap(
      await api.POST("/drives/{ref}/publish", {
        params: { path: { ref: String(drive.id) } },
        body: bodyFor(wanted, dryRun),
      }),
    );
  const plan = useAct((wanted: Wanted) => send(wanted, true).then((told) => ({ told, wanted })), {
    quiet: true,
    onDone: setPlanned,
  });
  const publish = useAct(
    async ({ told, wanted }: { told: Published; wanted: Wanted }) => {
      const now = await send(wanted, true);
      if (now.refused || !sameAs(now.plan, told.plan)) return { told: now, wanted, applied: false };
      return { told: await send(wanted, false), wanted, applied: true };
    },
    {
      quiet: true,
      onDone: ({ told, wanted, applied }) => {
        setPlanned(applied ? null : { told, wanted });
        if (!applied)
          toast.warning("The plan has changed meanwhile; look at it again. Nothing was published.");
        else toast.success(told.job ? `Published; job ${told.job.id} applies the selection` : "Published");
      },
      invalidates: [["drives"], ["jobs"], ["audit"]],
    },
  );
  return { planned, plan, publish, forget: () => setPlanned(null) };
}
