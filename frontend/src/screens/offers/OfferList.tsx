import { PageHeader } from "@/ui/PageHeader";

export default function OfferList() {
  return <PageHeader title="Offer list" />;
}
