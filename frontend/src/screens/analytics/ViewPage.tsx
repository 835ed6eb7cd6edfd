import { PageHeader } from "@/ui/PageHeader";

export default function ViewPage() {
  return <PageHeader title="View page" />;
}
