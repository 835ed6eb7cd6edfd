import { Pencil } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { Schema } from "@/api/client";
import type { Pages } from "@/api/pages";
import { useMay } from "@/api/profile";
import { rupees } from "@/lib/money";
import { studentPath } from "@/lib/students";
import { calendarDay } from "@/lib/time";
import { StateBadge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { DataTable, type Column } from "@/ui/DataTable";
import { StudentName } from "../students/StudentName";
import { KINDS } from "./kinds";
import { UpdateOffer } from "./UpdateOffer";

type Offer = Schema<"Offer">;

const dayOf = (value: string | null) => (
  <span className="whitespace-nowrap">{value ? calendarDay(value) : "–"}</span>
);

const STUDENT: Column<Offer> = {
  id: "student",
  header: "Student",
  primary: true,
  sort: (offer) => offer.name.toLowerCase(),
  cell: (offer) => (
    <Link to={studentPath(offer)} className="block font-medium underline-offset-2 hover:underline">
      <StudentName student={offer} />
    </Link>
  ),
};

const COMPANY: Column<Offer> = {
  id: "company",
  header: "Company",
  sort: (offer) => offer.company.toLowerCase(),
  cell: (offer) => (
    <>
      {offer.company}
      <span className="block text-xs font-normal text-muted">
        {offer.drive_id ? (
          <Link to={`/drives/${offer.drive_id}`} className="font-mono underline-offset-2 hover:underline">
            {offer.drive_code}
          </Link>
        ) : (
          KINDS[offer.kind]
        )}
      </span>
    </>
  ),
};

const REST: Column<Offer>[] = [
  {
    id: "ctc",
    header: "CTC a year",
    align: "right",
    sort: (offer) => offer.ctc_total,
    cell: (offer) => <Pay offer={offer} />,
  },
  {
    id: "status",
    header: "State",
    sort: (offer) => offer.status,
    cell: (offer) => <StateBadge state={offer.status} />,
  },
  {
    id: "offered",
    header: "Offered",
    sort: (offer) => offer.offered_on,
    cell: (offer) => dayOf(offer.offered_on),
  },
  { id: "joins", header: "Joins", sort: (offer) => offer.joins_on, cell: (offer) => dayOf(offer.joins_on) },
];

/** The total; its parts below, where they are known. */
function Pay({ offer }: { offer: Offer }) {
  const parts = [
    offer.ctc_fixed === null ? null : `${rupees(offer.ctc_fixed)} fixed`,
    offer.ctc_variable === null ? null : `${rupees(offer.ctc_variable)} variable`,
  ].filter(Boolean);
  return (
    <span className="whitespace-nowrap">
      {offer.ctc_total === null ? <span className="text-muted">unknown</span> : rupees(offer.ctc_total)}
      {parts.length > 0 && <span className="block text-xs text-muted">{parts.join(" + ")}</span>}
    </span>
  );
}

interface OfferTableProps {
  pages: Pages<Offer>;
  /** False on a student's own page. */
  student?: boolean;
  empty: ReactNode;
}

/** Offers with their pay and how they stand, and the button that changes one. */
export function OfferTable({ pages, student = true, empty }: OfferTableProps) {
  const may = useMay();
  const [changing, setChanging] = useState<Offer | null>(null);
  const writes = may("offer.write");
  const columns = useMemo(() => {
    const about = student ? [STUDENT, COMPANY] : [{ ...COMPANY, primary: true }];
    return writes ? [...about, ...REST, acts(setChanging)] : [...about, ...REST];
  }, [student, writes]);
  return (
    <>
      <DataTable label="Offers" columns={columns} pages={pages} rowKey={(offer) => offer.id} empty={empty} />
      {changing && <UpdateOffer offer={changing} onClose={() => setChanging(null)} />}
    </>
  );
}

const acts = (onChange: (offer: Offer) => void): Column<Offer> => ({
  id: "acts",
  header: "Acts",
  align: "right",
  cell: (offer) => (
    <Button
      size="small"
      kind="quiet"
      icon={Pencil}
      aria-label={`Update the offer of ${offer.company} to ${offer.name}`}
      onClick={() => onChange(offer)}
    >
      Update
    </Button>
  ),
});
