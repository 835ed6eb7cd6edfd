import { useLocation } from "react-router";
import { useProfile } from "../api/profile";
import { ButtonLink } from "../ui/Button";
import { PageHeader } from "../ui/PageHeader";
import { EmptyState } from "../ui/States";
import { homeOf } from "./navigation";

export function NotFound() {
  const { pathname } = useLocation();
  const profile = useProfile();
  return (
    <>
      <PageHeader title="Nothing here" />
      <EmptyState
        title={`There is no page at ${pathname}`}
        action={<ButtonLink to={homeOf(profile)}>Go to the start</ButtonLink>}
      >
        The address may be mistyped, or of another version of placeOps.
      </EmptyState>
    </>
  );
}
