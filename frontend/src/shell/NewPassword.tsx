import { useEffect } from "react";
import { Logo } from "./Logo";
import { PasswordForm } from "./PasswordForm";

/** Stands before everything else while the password is one that the office made up. */
export function NewPassword() {
  useEffect(() => {
    document.title = "New password · placeOps";
  }, []);
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 p-4">
      <Logo />
      <div className="w-full max-w-sm rounded-lg border border-line bg-surface p-6">
        <h1 className="text-lg font-semibold">Choose a password</h1>
        <p className="mt-1 mb-4 text-sm text-muted">
          The one you signed in with was made up for you, and ends here.
        </p>
        <PasswordForm />
      </div>
    </main>
  );
}
