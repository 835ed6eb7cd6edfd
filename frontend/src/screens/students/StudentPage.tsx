import { PageHeader } from "@/ui/PageHeader";

export default function StudentPage() {
  return <PageHeader title="Student page" />;
}
