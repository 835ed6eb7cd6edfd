import { PageHeader } from "@/ui/PageHeader";

export default function QueueList() {
  return <PageHeader title="Queue list" />;
}
