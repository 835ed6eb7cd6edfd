import { PageHeader } from "@/ui/PageHeader";

export default function MyRegistrations() {
  return <PageHeader title="My registrations" />;
}
