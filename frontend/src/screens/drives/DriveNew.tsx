import { PageHeader } from "@/ui/PageHeader";

export default function DriveNew() {
  return <PageHeader title="Drive new" />;
}
