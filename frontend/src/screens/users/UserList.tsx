import { PageHeader } from "@/ui/PageHeader";

export default function UserList() {
  return <PageHeader title="User list" />;
}
