import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { cli } from "@/lib/words";
import { CopyCli } from "@/ui/CopyCli";
import { Panel } from "@/ui/Panel";
import { EmptyState } from "@/ui/States";
import { OfferTable } from "../offers/OfferTable";

/** What was offered to one student. */
export function StudentOffers({ student }: { student: Schema<"Student"> }) {
  const { roll_no, college } = student;
  const pages = usePages(["offers", { student: roll_no, college }], async (cursor) =>
    unwrap(await api.GET("/offers", { params: { query: { student: roll_no, college, cursor } } })),
  );
  return (
    <Panel
      title="Offers"
      flush
      actions={<CopyCli command={cli("offer", "list", "--student", roll_no, "--college", college)} />}
    >
      <OfferTable
        pages={pages}
        student={false}
        empty={
          <EmptyState
            title="No offers yet"
            command={cli("offer", "record", "--student", roll_no, "--college", college, "--drive", "DRIVE")}
          />
        }
      />
    </Panel>
  );
}
