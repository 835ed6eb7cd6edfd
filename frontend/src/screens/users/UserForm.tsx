import { useState } from "react";
import { useAct } from "@/api/act";
import { api, newKey, unwrap, type Schema } from "@/api/client";
import { asProblem } from "@/api/problem";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { Input } from "@/ui/Field";
import { ErrorPanel } from "@/ui/States";
import { bodyOf, NO_STANDING, standingOptions } from "./standing";
import { StandingFields } from "./StandingFields";

interface UserFormProps {
  onClose: () => void;
  onCreated: (created: Schema<"NewPassword">) => void;
}

/** A new account; the server makes its password up. */
export function UserForm({ onClose, onCreated }: UserFormProps) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [standing, setStanding] = useState(NO_STANDING);
  const [key] = useState(newKey);
  const create = useAct(
    async () =>
      unwrap(
        await api.POST("/users", {
          params: { header: { "Idempotency-Key": key } },
          body: { ...bodyOf(standing), email: email.trim(), name: name.trim() || null },
        }),
      ),
    { onDone: onCreated, invalidates: [["users"]], quiet: true },
  );
  const problem = create.error ? asProblem(create.error) : null;
  const field = problem?.pointer?.slice(1) ?? "";
  const known = ["email", "role", "student"].includes(field);
  const command = cli(
    "user",
    "create",
    email.trim() || "EMAIL",
    ...(name.trim() ? ["--name", name.trim()] : []),
    ...standingOptions(standing),
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New user"
      about="A password is made up and shown once; it must be changed at the first sign-in."
      actions={
        <>
          <CopyCli command={command} />
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" form="new-user" kind="primary" busy={create.isPending}>
            Create the user
          </Button>
        </>
      }
    >
      <form
        id="new-user"
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(undefined);
        }}
      >
        {problem && !known && <ErrorPanel error={problem} />}
        <Input
          label="E-mail address"
          type="email"
          required
          autoComplete="off"
          error={field === "email" ? problem?.message : null}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Input
          label="Name"
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <StandingFields
          value={standing}
          onChange={setStanding}
          refused={problem && known ? { field, why: problem.message } : undefined}
        />
      </form>
    </Dialog>
  );
}
