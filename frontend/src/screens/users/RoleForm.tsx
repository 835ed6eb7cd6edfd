import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap } from "@/api/client";
import { asProblem } from "@/api/problem";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { ErrorPanel } from "@/ui/States";
import { bodyOf, standingOf, standingOptions } from "./standing";
import { StandingFields } from "./StandingFields";
import type { User } from "./UserActs";

/** Another role or scope for an account; it holds from its next request on. */
export function RoleForm({ user, onClose }: { user: User; onClose: () => void }) {
  const [standing, setStanding] = useState(() => standingOf(user));
  const save = useAct(
    async () =>
      unwrap(
        await api.POST("/users/{email}/role", {
          params: { path: { email: user.email } },
          body: bodyOf(standing),
        }),
      ),
    {
      done: `The role of ${user.email} is changed`,
      onDone: onClose,
      invalidates: [["users"]],
      quiet: true,
    },
  );
  const problem = save.error ? asProblem(save.error) : null;
  const field = problem?.pointer?.slice(1) ?? "";
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Role of ${user.email}`}
      about="It holds from the next request on."
      actions={
        <>
          <CopyCli command={cli("user", "set-role", user.email, ...standingOptions(standing))} />
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" form="role" kind="primary" busy={save.isPending}>
            Change the role
          </Button>
        </>
      }
    >
      <form
        id="role"
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        {problem && field !== "student" && <ErrorPanel error={problem} />}
        <StandingFields
          value={standing}
          onChange={setStanding}
          refused={problem && field === "student" ? { field, why: problem.message } : undefined}
        />
      </form>
    </Dialog>
  );
}
