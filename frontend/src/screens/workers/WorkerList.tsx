import { PageHeader } from "@/ui/PageHeader";

export default function WorkerList() {
  return <PageHeader title="Worker list" />;
}
