import type { Schema } from "@/api/client";

export default function ExportsTab({ drive }: { drive: Schema<"Drive"> }) {
  return <p>{drive.code}</p>;
}
