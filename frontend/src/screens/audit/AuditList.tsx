import { PageHeader } from "@/ui/PageHeader";

export default function AuditList() {
  return <PageHeader title="Audit list" />;
}
