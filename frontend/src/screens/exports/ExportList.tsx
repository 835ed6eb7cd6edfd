import { PageHeader } from "@/ui/PageHeader";

export default function ExportList() {
  return <PageHeader title="Export list" />;
}
