import { PageHeader } from "@/ui/PageHeader";

export default function JobPage() {
  return <PageHeader title="Job page" />;
}
