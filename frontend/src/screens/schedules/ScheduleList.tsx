import { PageHeader } from "@/ui/PageHeader";

export default function ScheduleList() {
  return <PageHeader title="Schedule list" />;
}
