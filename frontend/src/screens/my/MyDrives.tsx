import { PageHeader } from "@/ui/PageHeader";

export default function MyDrives() {
  return <PageHeader title="My drives" />;
}
