import { useQuery } from "@tanstack/react-query";
import { api, unwrap, type Schema } from "@/api/client";
import { useMayOn } from "@/api/profile";
import { useFilters } from "@/lib/filters";
import { cli } from "@/lib/words";
import { EmptyState, ErrorPanel, Skeleton } from "@/ui/States";
import { AttendanceList } from "./AttendanceList";
import { MarkPanel } from "./MarkPanel";
import { RoundHead } from "./RoundHead";
import { RoundsPanel } from "./RoundsPanel";

type Drive = Schema<"Drive">;
type Round = Schema<"Round">;

const MOST_ROUNDS = 200;

/** The rounds of a drive; who is called to the chosen one, who came, and how it is closed. */
export default function AttendanceTab({ drive }: { drive: Drive }) {
  const may = useMayOn(drive);
  const { get, set } = useFilters();
  const rounds = useQuery({
    queryKey: ["drives", drive.id, "rounds"],
    queryFn: async () =>
      unwrap(
        await api.GET("/drives/{ref}/rounds", {
          params: { path: { ref: String(drive.id) }, query: { limit: MOST_ROUNDS } },
        }),
      ).items,
  });
  if (rounds.error) return <ErrorPanel error={rounds.error} retry={() => void rounds.refetch()} />;
  if (!rounds.data) return <Skeleton lines={6} />;
  const round = chosenOf(rounds.data, get("round"));
  const running = drive.status === "in_progress";
  return (
    <div className="space-y-4">
      <RoundsPanel
        drive={drive}
        rounds={rounds.data}
        chosen={round?.seq}
        onChoose={(seq) => set({ round: String(seq), standing: null })}
      />
      {!running && !["completed", "archived"].includes(drive.status) && <NotStarted drive={drive} />}
      {round && (
        <>
          <RoundHead drive={drive} round={round} />
          {running && round.state === "open" && may("attendance.mark") && (
            <MarkPanel key={round.seq} drive={drive} round={round} />
          )}
          <AttendanceList drive={drive} round={round} />
        </>
      )}
    </div>
  );
}

/** The round of the URL, else the one that is marked now, else the last finalised one, else the first. */
function chosenOf(rounds: readonly Round[], wanted: string): Round | undefined {
  return (
    rounds.find((round) => String(round.seq) === wanted) ??
    rounds.find((round) => round.state === "open") ??
    rounds.filter((round) => round.state === "finalised").at(-1) ??
    rounds[0]
  );
}

function NotStarted({ drive }: { drive: Drive }) {
  if (drive.status === "cancelled") return null;
  return (
    <div className="rounded-lg border border-dashed border-line-strong">
      <EmptyState
        title="Attendance begins when the drive is started"
        command={cli("drive", "start", drive.code)}
      >
        Whoever is registered then is called to round 1. Rounds may be planned before.
      </EmptyState>
    </div>
  );
}
