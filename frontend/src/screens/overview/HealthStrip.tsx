import type { ReactNode } from "react";
import { Link } from "react-router";
import { asProblem } from "@/api/problem";
import { count, counted } from "@/lib/numbers";
import type { Tone } from "@/ui/Badge";
import { Stat, StatRow } from "@/ui/Facts";
import { Time } from "@/ui/Time";
import type { Status } from "./useStatus";

const UNTOLD = ["database-unreachable", "database-busy"];

interface Light {
  label: string;
  value: ReactNode;
  about?: ReactNode;
  tone?: Tone;
}

const Age = ({ of, none }: { of: string | null; none: string }) => (
  <span className="text-base">{of ? <Time value={of} /> : none}</span>
);

/** What placeOps is made of, and how each part is. */
export function HealthStrip({ status, error }: { status: Status | undefined; error: unknown }) {
  const shown = lights(status, error);
  if (!shown.length) return null;
  return (
    <section aria-label="Health">
      <StatRow>
        {shown.map((light) => (
          <Stat key={light.label} {...light} />
        ))}
      </StatRow>
    </section>
  );
}

function lights(status: Status | undefined, error: unknown): Light[] {
  const away = error ? UNTOLD.includes(asProblem(error).code) : false;
  const silent = Boolean(error) && !away;
  const database: Light = away
    ? { label: "PostgreSQL", value: "Away", about: "nothing can be changed", tone: "bad" }
    : silent
      ? { label: "PostgreSQL", value: "Unknown", tone: "warn" }
      : { label: "PostgreSQL", value: "Reachable", tone: "good" };
  if (!status) return away ? [database] : [];
  return [database, redis(status), workers(status), scheduler(status), views(status), backup(status)];
}

function redis({ redis: state, degraded }: Status): Light {
  if (state === "reachable" && !degraded) return { label: "Redis", value: "Reachable", tone: "good" };
  const value = state === "not configured" ? "None" : "Degraded";
  return {
    label: "Redis",
    value,
    about: degraded ?? state,
    tone: state === "not configured" ? "info" : "warn",
  };
}

function workers({ queue }: Status): Light {
  const running = queue.types.reduce((sum, one) => sum + one.active, 0);
  return {
    label: "Workers",
    value: queue.workers ? `${count(queue.workers)} alive` : "None alive",
    about: queue.workers ? (
      <Link to="/workers" className="underline underline-offset-2">
        {counted(running, "job")} running
      </Link>
    ) : (
      "jobs wait until one is started"
    ),
    tone: queue.workers ? "good" : "bad",
  };
}

function scheduler({ queue }: Status): Light {
  return queue.schedulers
    ? { label: "Scheduler", value: `${count(queue.schedulers)} alive`, tone: "good" }
    : { label: "Scheduler", value: "None alive", about: "workers keep time meanwhile", tone: "warn" };
}

function views({ views_as_of: at, attention }: Status): Light {
  const behind = !at || attention.some((check) => check.kind === "view");
  return {
    label: "Analytics as of",
    value: <Age of={at} none="Never refreshed" />,
    about: behind ? "behind the data" : "the oldest of them",
    tone: behind ? "warn" : "good",
  };
}

function backup({ backup_at: at, attention }: Status): Light {
  const old = !at || attention.some((check) => check.kind === "backup");
  return { label: "Last backup", value: <Age of={at} none="None yet" />, tone: old ? "warn" : "good" };
}
