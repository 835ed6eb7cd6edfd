import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { useProfile } from "@/api/profile";
import { cli, words } from "@/lib/words";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Dialog } from "@/ui/Dialog";
import { Checkbox, Input, Select } from "@/ui/Field";
import { ErrorPanel } from "@/ui/States";

const DAYS = [7, 30, 90, 180, 366];
const REACHES = [
  { value: "read", label: "Only look" },
  { value: "chosen", label: "What is chosen below" },
  { value: "all", label: "All that the user may" },
];

interface TokenFormProps {
  onClose: () => void;
  onCreated: (created: Schema<"NewToken">) => void;
}

/** A token with which a program acts as a user. */
export function TokenForm({ onClose, onCreated }: TokenFormProps) {
  const { permissions, user: me } = useProfile();
  const [user, setUser] = useState(me?.email ?? "");
  const [name, setName] = useState("");
  const [days, setDays] = useState(90);
  const [reach, setReach] = useState("read");
  const [chosen, setChosen] = useState<string[]>([]);
  const users = useQuery({
    queryKey: ["users", "addresses"],
    queryFn: async () => unwrap(await api.GET("/users", { params: { query: { limit: 200 } } })).items,
    staleTime: 60_000,
  });
  const scopes = reach === "all" ? [] : reach === "read" ? ["read"] : chosen;
  const create = useAct(
    async () =>
      unwrap(await api.POST("/tokens", { body: { user: user.trim(), name: name.trim(), days, scopes } })),
    { onDone: onCreated, invalidates: [["tokens"]], quiet: true },
  );
  const command = cli(
    "token",
    "create",
    ...["--user", user.trim() || "EMAIL", "--name", name.trim() || "NAME", "--days", days],
    ...scopes.flatMap((scope) => ["--scope", scope]),
  );
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New token"
      about="With it a program acts as a user, without a password."
      actions={
        <>
          <CopyCli command={command} />
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            form="new-token"
            kind="primary"
            busy={create.isPending}
            disabled={reach === "chosen" && chosen.length === 0}
          >
            Create the token
          </Button>
        </>
      }
    >
      <form
        id="new-token"
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(undefined);
        }}
      >
        {create.error && <ErrorPanel error={create.error} />}
        <Input
          label="User"
          hint="As whom the program acts."
          type="email"
          required
          list="token-users"
          autoComplete="off"
          value={user}
          onChange={(event) => setUser(event.target.value)}
        />
        <datalist id="token-users">
          {users.data?.map(({ id, email }) => (
            <option key={id} value={email} />
          ))}
        </datalist>
        <Input
          label="Program"
          hint="What uses it, such as dashboard."
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Select
          label="Lasts"
          options={DAYS.map((one) => ({ value: String(one), label: `${one} days` }))}
          value={String(days)}
          onChange={(event) => setDays(Number(event.target.value))}
        />
        <Select
          label="May"
          options={REACHES}
          value={reach}
          onChange={(event) => setReach(event.target.value)}
        />
        {reach === "chosen" && (
          <fieldset className="max-h-48 space-y-1 overflow-y-auto rounded-md border border-line-strong/60 p-2">
            <legend className="sr-only">Permissions</legend>
            {Object.keys(permissions)
              .filter((one) => one !== "profile")
              .map((one) => (
                <Checkbox
                  key={one}
                  label={`${words(one.replace(".", ": "))}`}
                  checked={chosen.includes(one)}
                  onChange={(event) =>
                    setChosen(
                      event.target.checked ? [...chosen, one] : chosen.filter((other) => other !== one),
                    )
                  }
                />
              ))}
          </fieldset>
        )}
      </form>
    </Dialog>
  );
}
