import { useMutation } from "@tanstack/react-query";
import { useEffect, useState, type FormEvent } from "react";
import { api, unwrap } from "../api/client";
import { useSetProfile } from "../api/profile";
import { Button } from "../ui/Button";
import { Input } from "../ui/Field";
import { ErrorPanel } from "../ui/States";
import { Logo } from "./Logo";

/** Stands in the place of every page while nobody is signed in, so that one is back there afterwards. */
export function SignIn() {
  const setProfile = useSetProfile();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: async () =>
      unwrap(await api.POST("/auth/login", { body: { email, password, deliver: "cookie" } })),
    onSuccess: (session) => setProfile(session.profile),
    onError: () => setPassword(""),
  });
  useEffect(() => {
    document.title = "Sign in · placeOps";
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 p-4">
      <Logo />
      <form
        onSubmit={submit}
        className="w-full max-w-sm space-y-4 rounded-lg border border-line bg-surface p-6"
      >
        <h1 className="text-lg font-semibold">Sign in</h1>
        {signIn.error && <ErrorPanel error={signIn.error} />}
        <Input
          label="Email"
          name="email"
          // `admin@localhost`, the first account, is no address to a browser's eyes.
          type="text"
          inputMode="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Input
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" kind="primary" busy={signIn.isPending} className="w-full">
          Sign in
        </Button>
        <p className="text-xs text-muted">
          No password, or a forgotten one? The placement office gives a new one:{" "}
          <code className="font-mono">placeops user reset-password</code>
        </p>
      </form>
    </main>
  );
}
