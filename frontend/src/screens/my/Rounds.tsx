import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { MINE } from "./mine";

/** When and where a drive's rounds are; nothing while there are none. */
export function Rounds({ drive }: { drive: string }) {
  const { data } = useQuery({
    queryKey: [...MINE, "rounds", drive],
    queryFn: async () =>
      unwrap(await api.GET("/drives/{ref}/rounds", { params: { path: { ref: drive } } })).items,
  });
  if (!data?.length) return null;
  return (
    <Panel title="Rounds">
      <ol className="space-y-2">
        {data.map((round) => (
          <li key={round.seq}>
            <p className="font-medium">
              {round.seq}. {round.name}
            </p>
            <p className="text-sm text-muted">
              {round.starts_at ? <Time value={round.starts_at} as="stamp" /> : "time not set yet"}
              {round.venue && ` · ${round.venue}`}
            </p>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
