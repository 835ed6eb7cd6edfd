import { Plus } from "lucide-react";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import { usePages } from "@/api/pages";
import { useMay } from "@/api/profile";
import { oneOf, useFilters } from "@/lib/filters";
import { cli, words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Select } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { DriveFilter } from "../drives/DriveFilter";
import { StudentFilter } from "../students/StudentFilter";
import { OFFER_STATUSES } from "./kinds";
import { OfferTable } from "./OfferTable";
import { RecordOffer } from "./RecordOffer";

/** Offers of companies to students, newest first: record them, and what becomes of them. */
export default function OfferList() {
  const may = useMay();
  const { get, set, clear } = useFilters();
  const [recording, setRecording] = useState(false);
  const query = {
    drive: get("drive") || undefined,
    student: get("student") || undefined,
    status: oneOf(get("status"), OFFER_STATUSES),
  };
  const filtered = Object.values(query).some(Boolean);
  const pages = usePages(["offers", query], async (cursor) =>
    unwrap(await api.GET("/offers", { params: { query: { ...query, cursor } } })),
  );
  const command = cli(
    ...["offer", "list"],
    ...(query.drive ? ["--drive", query.drive] : []),
    ...(query.student ? ["--student", query.student] : []),
    ...(query.status ? ["--status", query.status] : []),
  );
  return (
    <>
      <PageHeader
        title="Offers"
        actions={
          <>
            <CopyCli command={command} />
            {may("offer.write") && (
              <Button kind="primary" icon={Plus} onClick={() => setRecording(true)}>
                Record an offer
              </Button>
            )}
          </>
        }
      />
      <div className="mb-3 flex flex-wrap gap-2">
        <DriveFilter search value={get("drive")} onChange={(drive) => set({ drive })} />
        <StudentFilter value={get("student")} onChange={(student) => set({ student })} />
        <Select
          label="State"
          bare
          className="max-sm:grow"
          options={[
            { value: "", label: "Any state" },
            ...OFFER_STATUSES.map((value) => ({ value, label: words(value) })),
          ]}
          value={query.status ?? ""}
          onChange={(event) => set({ status: event.target.value })}
        />
        {filtered && (
          <Button kind="quiet" onClick={clear}>
            Clear
          </Button>
        )}
      </div>
      <Panel flush>
        <OfferTable
          pages={pages}
          empty={
            filtered ? (
              <EmptyState
                title="No offer matches these filters"
                action={<Button onClick={clear}>Clear the filters</Button>}
              />
            ) : (
              <EmptyState
                title="No offers yet"
                command="placeops offer record --drive DRIVE --student ROLL_NO"
                action={
                  may("offer.write") && (
                    <Button kind="primary" icon={Plus} onClick={() => setRecording(true)}>
                      Record an offer
                    </Button>
                  )
                }
              >
                An offer is recorded once a company makes it, and updated when the student answers.
              </EmptyState>
            )
          }
        />
      </Panel>
      {recording && <RecordOffer drive={get("drive")} onClose={() => setRecording(false)} />}
    </>
  );
}
