import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { EmptyState } from "@/ui/States";

/** What somebody sees who may look at drives, but not change them. */
export const NotYours = () => (
  <>
    <PageHeader title="Change a drive" />
    <EmptyState
      title="You may not change drives"
      action={<ButtonLink to="/drives">Look at the drives</ButtonLink>}
    >
      Coordinators and administrators create and change them.
    </EmptyState>
  </>
);
