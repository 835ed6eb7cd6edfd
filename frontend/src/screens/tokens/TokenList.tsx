import { PageHeader } from "@/ui/PageHeader";

export default function TokenList() {
  return <PageHeader title="Token list" />;
}
