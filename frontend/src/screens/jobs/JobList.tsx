import { PageHeader } from "@/ui/PageHeader";

export default function JobList() {
  return <PageHeader title="Job list" />;
}
