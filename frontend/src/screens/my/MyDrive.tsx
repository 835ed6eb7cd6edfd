import { PageHeader } from "@/ui/PageHeader";

export default function MyDrive() {
  return <PageHeader title="My drive" />;
}
