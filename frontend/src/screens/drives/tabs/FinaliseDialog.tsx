import { useQuery } from "@tanstack/react-query";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { counted } from "@/lib/numbers";
import { cli } from "@/lib/words";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { ErrorPanel, Skeleton } from "@/ui/States";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;
type Finalised = Schema<"Finalised">;

interface FinaliseDialogProps {
  drive: Drive;
  round: Round;
  onClose: () => void;
}

/** Closes a round, once it was shown what that does: `37 PENDING become ABSENT`. */
export function FinaliseDialog({ drive, round, onClose }: FinaliseDialogProps) {
  const finalise = async (dry_run: boolean) =>
    unwrap(
      await api.POST("/drives/{ref}/attendance/finalise", {
        params: { path: { ref: String(drive.id) } },
        body: { round: round.seq, dry_run },
      }),
    );
  const preview = useQuery({
    queryKey: ["drives", drive.id, "rounds", round.seq, "finalising"],
    queryFn: () => finalise(true),
    staleTime: 0,
    gcTime: 0,
  });
  const act = useAct(() => finalise(false), {
    quiet: true,
    done: ({ became_absent }) =>
      `Round ${round.seq} is finalised: ${counted(became_absent, "student")} became ABSENT`,
    onDone: onClose,
    invalidates: [["drives", drive.id]],
  });
  const absent = preview.data?.became_absent;
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Finalise round ${round.seq} (${round.name}) of ${drive.company}?`}
      confirm={absent ? `Finalise, ${absent} become ABSENT` : "Finalise"}
      busy={act.isPending || preview.isPending}
      error={act.error}
      command={cli("attendance", "finalise", "--drive", drive.code, "--round", round.seq)}
      onConfirm={() => act.mutate(undefined)}
    >
      {preview.error && <ErrorPanel error={preview.error} />}
      {preview.isPending && <Skeleton lines={2} />}
      {preview.data && <Outcome told={preview.data} />}
    </ConfirmDialog>
  );
}

function Outcome({ told }: { told: Finalised }) {
  if (told.repeated) return <p>It was finalised meanwhile; nothing is left to do.</p>;
  const { tally } = told.round;
  return (
    <>
      <p className="text-base font-semibold text-ink" role="status">
        {told.became_absent
          ? `${told.became_absent} PENDING become ABSENT.`
          : "Nobody is pending: nobody becomes ABSENT."}
      </p>
      {told.next_round ? (
        <p>
          {counted(told.next_round.tally?.listed ?? 0, "student")} who came are called to round{" "}
          {told.next_round.seq} ({told.next_round.name}).
        </p>
      ) : (
        <p>It is the last round: {counted(tally ? tally.present + tally.late : 0, "student")} came to it.</p>
      )}
      <p>Marking ends with this. Single decisions can be corrected afterwards, each with a reason.</p>
    </>
  );
}
