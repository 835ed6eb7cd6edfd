import { ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { EmptyState } from "@/ui/States";

/** What somebody sees who may look at drives, but not change them; `this`: other drives perhaps. */
export const NotYours = ({ this: only = false }: { this?: boolean }) => (
  <>
    <PageHeader title="Change a drive" />
    <EmptyState
      title={only ? "You may not change this drive" : "You may not change drives"}
      action={<ButtonLink to="/drives">Look at the drives</ButtonLink>}
    >
      {only
        ? "It is open to students outside of your scope. An administrator changes it, or puts it into your scope."
        : "Coordinators and administrators create and change them."}
    </EmptyState>
  </>
);
