import { PageHeader } from "@/ui/PageHeader";

export default function Overview() {
  return <PageHeader title="Overview" />;
}
