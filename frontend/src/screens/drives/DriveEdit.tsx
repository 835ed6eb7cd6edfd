import { PageHeader } from "@/ui/PageHeader";

export default function DriveEdit() {
  return <PageHeader title="Drive edit" />;
}
