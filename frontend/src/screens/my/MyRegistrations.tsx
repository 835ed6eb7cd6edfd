import { ArrowLeft, Printer } from "lucide-react";
import { Link } from "react-router";
import { useFilters } from "@/lib/filters";
import { calendarDay } from "@/lib/time";
import { StateBadge } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { EmptyState, ErrorPanel, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { Withdraw } from "./Acts";
import { useMyRegistrations, type OwnRegistration } from "./mine";
import { ReceiptFacts, channelWords, receiptPath } from "./Receipt";

export default function MyRegistrations() {
  const receipt = useFilters().get("receipt");
  const { data, error, refetch } = useMyRegistrations();
  if (receipt) {
    const found = data?.find((one) => String(one.id) === receipt);
    if (found) return <Receipt registration={found} />;
  }
  return (
    <>
      <PageHeader title="My registrations" />
      {error && !data && <ErrorPanel error={error} retry={() => void refetch()} />}
      {!error && !data && <Skeleton lines={8} />}
      {data && receipt && <p className="mb-3">There is no receipt {receipt} among yours.</p>}
      {data?.length === 0 && <None />}
      {data && (
        <ul className="grid gap-3 lg:grid-cols-2">
          {data.map((one) => (
            <Registration key={one.id} registration={one} />
          ))}
        </ul>
      )}
    </>
  );
}

const None = () => (
  <EmptyState
    title="You have not registered for a drive yet"
    action={
      <ButtonLink to="/my/drives" kind="primary">
        Drives open now
      </ButtonLink>
    }
  >
    What you register for appears here, with its receipt.
  </EmptyState>
);

function Registration({ registration: one }: { registration: OwnRegistration }) {
  return (
    <li className="flex min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="font-semibold break-words">
            <Link to={`/my/drives/${one.drive_id}`} className="underline-offset-2 hover:underline">
              {one.company}
            </Link>
          </h2>
          <p className="text-sm break-words text-muted">{one.title}</p>
        </div>
        <StateBadge state={one.status} />
      </div>
      <p className="text-sm">
        Receipt <strong>{one.id}</strong>, <Time value={one.registered_at} as="stamp" />,{" "}
        {channelWords(one.channel)}
        {one.withdrawn_at && (
          <span className="block text-muted">
            Withdrawn <Time value={one.withdrawn_at} as="stamp" />
          </span>
        )}
        {one.drive_date && (
          <span className="block text-muted">
            Drive on {calendarDay(one.drive_date)} <StateBadge state={one.drive_status} />
          </span>
        )}
      </p>
      <div className="mt-auto flex flex-wrap items-center gap-2">
        <ButtonLink to={receiptPath(one.id)} className="max-sm:h-11 max-sm:w-full">
          Receipt<span className="sr-only"> of {one.company}</span>
        </ButtonLink>
        {one.may_withdraw && <Withdraw drive={one} receipt={one.id} />}
      </div>
    </li>
  );
}

/** One receipt alone, as it is printed. */
function Receipt({ registration: one }: { registration: OwnRegistration }) {
  return (
    <>
      <PageHeader
        title={`Receipt ${one.id}`}
        badge={<StateBadge state={one.status} />}
        actions={
          <span className="flex flex-wrap gap-2 print:hidden">
            <ButtonLink to="/my/registrations" icon={ArrowLeft}>
              My registrations
            </ButtonLink>
            <Button kind="primary" icon={Printer} onClick={() => window.print()}>
              Print
            </Button>
          </span>
        }
      />
      <section
        aria-label="Receipt"
        className="max-w-xl rounded-lg border border-line bg-surface p-4 print:max-w-none"
      >
        <ReceiptFacts receipt={one} drive={`${one.company} · ${one.title} (${one.drive_code})`} />
        <p className="mt-4 border-t border-line pt-3 text-xs text-muted">
          The times are those of the placement office's server, which decide whether a registration is in
          time.
        </p>
      </section>
    </>
  );
}
