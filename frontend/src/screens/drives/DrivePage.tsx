import { PageHeader } from "@/ui/PageHeader";

export default function DrivePage() {
  return <PageHeader title="Drive page" />;
}
