import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, unwrap } from "../api/client";
import { useSetProfile } from "../api/profile";
import { Button } from "../ui/Button";
import { Input } from "../ui/Field";
import { ErrorPanel } from "../ui/States";

/** Changes the own password; all other sessions end. */
export function PasswordForm({ onDone }: { onDone?: () => void }) {
  const setProfile = useSetProfile();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const change = useMutation({
    mutationFn: async () =>
      unwrap(await api.POST("/auth/password", { body: { current_password: current, new_password: next } })),
    onSuccess: (profile) => {
      setCurrent("");
      setNext("");
      setAgain("");
      onDone?.();
      setProfile(profile);
    },
  });
  const differs = again !== "" && again !== next;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (next === again) change.mutate();
  };
  return (
    <form onSubmit={submit} className="space-y-4">
      {change.error && <ErrorPanel error={change.error} />}
      <Input
        label="Current password"
        type="password"
        autoComplete="current-password"
        required
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <Input
        label="New password"
        type="password"
        autoComplete="new-password"
        required
        value={next}
        onChange={(event) => setNext(event.target.value)}
      />
      <Input
        label="New password again"
        type="password"
        autoComplete="new-password"
        required
        value={again}
        error={differs ? "The two are not the same." : null}
        onChange={(event) => setAgain(event.target.value)}
      />
      <Button type="submit" kind="primary" busy={change.isPending} disabled={differs}>
        Change the password
      </Button>
    </form>
  );
}
