import type { Schema } from "@/api/client";

export default function OverviewTab({ told }: { told: Schema<"DriveDetails"> }) {
  return <p>{told.drive.code}</p>;
}
