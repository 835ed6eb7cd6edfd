import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleHelp, CircleX } from "lucide-react";
import { api, unwrap, type Schema } from "@/api/client";
import { useProfile } from "@/api/profile";
import { capital } from "@/lib/words";
import { EmptyState, ErrorPanel, Skeleton } from "@/ui/States";
import { MINE } from "./mine";

type Judged = Schema<"Judged">;

/** Each rule of a drive with my value, what is wanted, and what would make it pass. */
export function Rules({ drive }: { drive: string }) {
  const me = useProfile().user?.student ?? "";
  const { data, error, refetch } = useQuery({
    queryKey: [...MINE, "why", drive],
    queryFn: async () =>
      unwrap(
        await api.GET("/drives/{ref}/why", { params: { path: { ref: drive }, query: { student: me } } }),
      ),
  });
  if (error) return <ErrorPanel error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} className="p-0" />;
  if (!data.rules.length)
    return <EmptyState title="This drive has no criteria">Everybody meets them.</EmptyState>;
  return (
    <>
      <ul className="divide-y divide-line">
        {data.rules.map((rule) => (
          <Rule key={rule.rule} rule={rule} />
        ))}
      </ul>
      <p className="mt-3 border-t border-line pt-3 text-xs text-muted">
        {data.rules.some((rule) => rule.outcome === "UNKNOWN") && `${ON_MISSING[data.on_missing]} `}
        Is a value of yours wrong? Only the placement office can correct it.
      </p>
    </>
  );
}

const ON_MISSING: Record<string, string> = {
  EXCLUDE: "Who lacks a value that a rule needs is not eligible.",
  REVIEW: "The office looks at who lacks a value that a rule needs.",
  INCLUDE: "Who lacks a value that a rule needs passes that rule.",
};

const OUTCOMES = {
  PASS: { icon: CircleCheck, tone: "text-good", said: "Met" },
  FAIL: { icon: CircleX, tone: "text-bad", said: "Not met" },
  UNKNOWN: { icon: CircleHelp, tone: "text-warn", said: "Unknown" },
};

function Rule({ rule }: { rule: Judged }) {
  const { icon: Icon, tone, said } = OUTCOMES[rule.outcome as keyof typeof OUTCOMES] ?? OUTCOMES.UNKNOWN;
  return (
    <li className="flex gap-3 py-2.5 first:pt-0 last:pb-0">
      <Icon aria-hidden size={18} className={`mt-0.5 shrink-0 ${tone}`} />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap justify-between gap-x-3">
          <span className="font-medium">{capital(rule.label)}</span>
          <span className={`text-sm font-medium ${tone}`}>{said}</span>
        </p>
        <dl className="mt-0.5 grid grid-cols-2 gap-x-3 text-sm [&_dt]:text-xs [&_dt]:text-muted">
          <div>
            <dt>Yours</dt>
            <dd className="break-words">{rule.value ?? "unknown"}</dd>
          </div>
          <div>
            <dt>Wanted</dt>
            <dd className="break-words">{rule.threshold}</dd>
          </div>
        </dl>
        {rule.remedy && <p className="mt-1 text-sm">To pass: {rule.remedy}</p>}
      </div>
    </li>
  );
}
