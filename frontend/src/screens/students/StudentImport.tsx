import { PageHeader } from "@/ui/PageHeader";

export default function StudentImport() {
  return <PageHeader title="Student import" />;
}
