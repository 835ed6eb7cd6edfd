import { absolute } from "@/lib/time";
import { KeyValue } from "@/ui/Facts";
import { useMe } from "./mine";

interface Given {
  id: number;
  status: string;
  channel: string;
  registered_at: string;
  withdrawn_at: string | null;
}

const CHANNELS: Record<string, string> = {
  SELF: "by yourself",
  STAFF: "by the placement office",
  LATE: "by the placement office, after the close",
};

export const channelWords = (channel: string): string => CHANNELS[channel] ?? channel;

export const receiptPath = (id: number): string => `/my/registrations?receipt=${id}`;

/** What proves a registration: its number, whose it is, and the time by the server's clock. */
export function ReceiptFacts({ receipt, drive }: { receipt: Given; drive?: string }) {
  const me = useMe();
  return (
    <KeyValue
      items={[
        ["Receipt number", <strong>{receipt.id}</strong>],
        ["Drive", drive ?? null],
        ["Student", me.data ? <bdi>{me.data.name}</bdi> : "…"],
        ["Roll number", me.data ? <span className="font-mono">{me.data.roll_no}</span> : "…"],
        ["College", me.data?.college ?? "…"],
        ["Registered at", <time dateTime={receipt.registered_at}>{absolute(receipt.registered_at)}</time>],
        ["Registered", channelWords(receipt.channel)],
        [
          "Withdrawn at",
          receipt.withdrawn_at && (
            <time dateTime={receipt.withdrawn_at}>{absolute(receipt.withdrawn_at)}</time>
          ),
        ],
      ]}
    />
  );
}
