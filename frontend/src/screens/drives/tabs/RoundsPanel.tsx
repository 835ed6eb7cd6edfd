import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { useMayOn } from "@/api/profile";
import { count } from "@/lib/numbers";
import { cli, words } from "@/lib/words";
import { StateBadge } from "@/ui/Badge";
import { Button, IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { Time } from "@/ui/Time";
import { RoundDialog } from "./RoundDialog";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;

interface RoundsPanelProps {
  drive: Drive;
  rounds: Round[];
  chosen: number | undefined;
  onChoose: (seq: number) => void;
}

const PLANNABLE = ["draft", "posted", "paused", "in_progress"];

/** The rounds in their order; add, change and delete them. */
export function RoundsPanel({ drive, rounds, chosen, onChoose }: RoundsPanelProps) {
  const may = useMayOn(drive);
  const [editing, setEditing] = useState<Round | "new" | null>(null);
  const [deleting, setDeleting] = useState<Round | null>(null);
  const plans = may("drive.write") && PLANNABLE.includes(drive.status);
  const last = rounds.at(-1)?.seq;
  const columns: Column<Round>[] = [
    {
      id: "round",
      header: "Round",
      primary: true,
      cell: (round) => (
        <button
          type="button"
          aria-pressed={round.seq === chosen}
          onClick={() => onChoose(round.seq)}
          className="text-left font-medium underline-offset-2 hover:underline aria-pressed:text-accent"
        >
          {round.seq}. {round.name}
          <span className="block text-xs font-normal text-muted">{round.kind}</span>
        </button>
      ),
    },
    { id: "state", header: "State", cell: (round) => <RoundState round={round} /> },
    { id: "starts", header: "Starts", cell: (round) => <Time value={round.starts_at} as="stamp" none="–" /> },
    { id: "venue", header: "Venue", cell: (round) => round.venue ?? "–" },
    { id: "called", header: "Called", align: "right", cell: (round) => count(round.tally?.listed) },
    { id: "came", header: "Came", align: "right", cell: (round) => count(came(round)) },
    { id: "pending", header: "Pending", align: "right", cell: (round) => count(round.tally?.pending) },
  ];
  if (plans) {
    columns.push({
      id: "acts",
      header: "Acts",
      align: "right",
      cell: (round) =>
        round.state !== "finalised" && (
          <span className="-my-1.5 inline-flex">
            <IconButton label={`Change round ${round.seq}`} icon={Pencil} onClick={() => setEditing(round)} />
            <IconButton
              label={`Delete round ${round.seq}`}
              icon={Trash2}
              disabled={round.seq !== last}
              onClick={() => setDeleting(round)}
            />
          </span>
        ),
    });
  }
  return (
    <Panel
      title="Rounds"
      flush
      actions={
        <>
          <CopyCli command={cli("round", "list", "--drive", drive.code)} />
          {plans && (
            <Button icon={Plus} onClick={() => setEditing("new")}>
              Add a round
            </Button>
          )}
        </>
      }
    >
      <DataTable
        label="Rounds"
        columns={columns}
        rows={rounds}
        rowKey={(round) => round.seq}
        empty={<NoRounds drive={drive} plans={plans} />}
      />
      {editing && (
        <RoundDialog
          drive={drive}
          round={editing === "new" ? null : editing}
          next={(last ?? 0) + 1}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting && <DeleteRound drive={drive} round={deleting} onClose={() => setDeleting(null)} />}
    </Panel>
  );
}

const came = ({ tally }: Round): number | null => tally && tally.present + tally.late;

/** A round `waits` for the drive or the round before; then it is open to be marked. */
export const RoundState = ({ round }: { round: Round }) => (
  <StateBadge state={round.state === "finalised" ? "completed" : round.state} label={words(round.state)} />
);

function NoRounds({ drive, plans }: { drive: Drive; plans: boolean }) {
  return (
    <EmptyState
      title="No rounds are planned"
      command={cli("round", "create", "--drive", drive.code, "--kind", "test", "--name", "Online test")}
    >
      {plans ? "Add a round, or start the drive without: it then has one." : "The coordinator plans them."}
    </EmptyState>
  );
}

interface DeleteRoundProps {
  drive: Drive;
  round: Round;
  onClose: () => void;
}

function DeleteRound({ drive, round, onClose }: DeleteRoundProps) {
  const act = useAct(
    async () =>
      unwrap(
        await api.DELETE("/drives/{ref}/rounds/{seq}", {
          params: { path: { ref: String(drive.id), seq: round.seq } },
        }),
      ),
    {
      quiet: true,
      done: `Round ${round.seq} is deleted`,
      onDone: onClose,
      invalidates: [["drives", drive.id]],
    },
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete round ${round.seq} (${round.name}) of ${drive.company}?`}
      confirm={`Delete round ${round.seq}`}
      busy={act.isPending}
      error={act.error}
      command={cli("round", "delete", "--drive", drive.code, "--round", round.seq)}
      onConfirm={() => act.mutate(undefined)}
    >
      <p>Only the last round, in which nobody has been marked, can go.</p>
    </ConfirmDialog>
  );
}
