import { PageHeader } from "@/ui/PageHeader";

export default function StudentList() {
  return <PageHeader title="Student list" />;
}
