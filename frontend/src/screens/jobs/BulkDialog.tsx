import { useQuery } from "@tanstack/react-query";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { count, counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CliLine } from "@/ui/CopyCli";
import { asked, options, type JobFilter } from "./jobFilter";
import { stateWords, typeWords } from "./jobWords";

type Moved = Schema<"MovedJobs">;

export interface BulkAct {
  verb: "retry" | "cancel";
  /** The jobs chosen one by one; null: all that match the filter. */
  ids: number[] | null;
  filter: JobFilter;
}

async function move({ verb, ids, filter }: BulkAct, dryRun: boolean): Promise<Moved> {
  const which = ids ? { ids } : asked(filter);
  const { state } = filter;
  if (verb === "retry") {
    const of = state === "failed" || state === "cancelled" ? state : undefined;
    return unwrap(await api.POST("/jobs/retry", { body: { ...which, state: of, dry_run: dryRun } }));
  }
  const of = state === "waiting" || state === "delayed" || state === "active" ? state : undefined;
  return unwrap(await api.POST("/jobs/cancel", { body: { ...which, state: of, dry_run: dryRun } }));
}

/** The same as a command, where the command line can say it. */
function command({ verb, ids, filter }: BulkAct): string | null {
  if (ids) return ids.length <= 50 ? cli("job", verb, ...ids) : null;
  if (filter.by) return null;
  if (verb === "retry") {
    return filter.state === "cancelled" ? null : cli("job", "retry", "--failed", ...options(filter));
  }
  return filter.state ? cli("job", "cancel", "--state", filter.state, ...options(filter)) : null;
}

/** `failed Exports jobs of ACME-1`: what the filter leaves, in words. */
function described({ verb, ids, filter }: BulkAct, number: number): string {
  const state = filter.state ?? (ids ? undefined : verb === "retry" ? "failed" : "unfinished");
  const words = [state && stateWords(state).toLowerCase(), filter.type && typeWords(filter.type)];
  const told = [count(number), ...words.filter(Boolean), number === 1 ? "job" : "jobs"].join(" ");
  return `${told}${filter.drive ? ` of ${filter.drive}` : ""}`;
}

interface BulkDialogProps {
  act: BulkAct;
  onClose: () => void;
  onDone: () => void;
}

/** Has the server count what the act would move, says so, and does it. */
export function BulkDialog({ act, onClose, onDone }: BulkDialogProps) {
  const planned = useQuery({
    queryKey: ["jobs", "bulk", act],
    queryFn: () => move(act, true),
    staleTime: 0,
    gcTime: 0,
  });
  const Verb = act.verb === "retry" ? "Retry" : "Cancel";
  const doing = useAct(() => move(act, false), {
    done: (moved) => said(act.verb, moved),
    onDone,
    invalidates: [["jobs"], ["queues"], ["status"]],
    quiet: true,
  });
  const plan = planned.data;
  const number = plan?.ids.length ?? 0;
  const same = command(act);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={plan ? `${Verb} ${described(act, number)}?` : `${Verb}: counting…`}
      confirm={plan ? `${Verb} ${counted(number, "job")}` : Verb}
      busy={planned.isPending || doing.isPending}
      disabled={number === 0}
      error={planned.error ?? doing.error}
      harmless={act.verb === "retry"}
      onConfirm={() => doing.mutate(undefined)}
    >
      {plan && <Plan verb={act.verb} plan={plan} />}
      {same && <CliLine command={same} />}
    </ConfirmDialog>
  );
}

function Plan({ verb, plan }: { verb: BulkAct["verb"]; plan: Moved }) {
  return (
    <>
      <p>
        The server counts {counted(plan.matched, "job")} that {plan.matched === 1 ? "fits" : "fit"} now.{" "}
        {verb === "retry"
          ? "They run again with fresh attempts."
          : "Waiting ones end at once; running ones are asked to stop before they apply anything."}
      </p>
      {plan.left_out > 0 && (
        <p>
          {counted(plan.left_out, "job")} cannot be moved
          {verb === "retry" ? ": the same work waits already, or the type accepts nothing new." : "."}
        </p>
      )}
      {plan.more > 0 && (
        <p>
          One act moves 1,000 at most: {counted(plan.more, "job")} {plan.more === 1 ? "stays" : "stay"} for
          the next.
        </p>
      )}
    </>
  );
}

function said(verb: BulkAct["verb"], moved: Moved): string {
  const done =
    verb === "retry"
      ? `${counted(moved.ids.length, "job")} will run again`
      : `${counted(moved.ids.length, "job")} cancelled, or asked to stop`;
  const left = moved.left_out ? `, ${count(moved.left_out)} left out` : "";
  return `${done}${left}${moved.more ? `; ${count(moved.more)} more` : ""}`;
}
