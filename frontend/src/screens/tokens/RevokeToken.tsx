import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { cli } from "@/lib/words";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CliLine } from "@/ui/CopyCli";
import { Time } from "@/ui/Time";

export function RevokeToken({ token }: { token: Schema<"Token"> }) {
  const [asking, setAsking] = useState(false);
  const revoke = useAct(
    async () => unwrap(await api.POST("/tokens/{id}/revoke", { params: { path: { id: token.id } } })),
    {
      done: `The token ${token.name} is revoked`,
      onDone: () => setAsking(false),
      invalidates: [["tokens"]],
      quiet: true,
    },
  );
  if (token.state !== "valid") return null;
  const command = cli("token", "revoke", token.id);
  return (
    <>
      <Button size="small" aria-label={`Revoke ${token.name}`} onClick={() => setAsking(true)}>
        Revoke
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Revoke the token ${token.name}?`}
        confirm="Revoke the token"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate(undefined)}
      >
        <p>
          The program that uses it as {token.user} is refused from now on. It was last used{" "}
          <Time value={token.last_used_at} none="never" />.
        </p>
        <CliLine command={command} />
      </ConfirmDialog>
    </>
  );
}
