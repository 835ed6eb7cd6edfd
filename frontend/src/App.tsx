import { useEffect } from "react";
import { createHashRouter, Navigate } from "react-router";
import { RouterProvider } from "react-router/dom";
import { whenSignedOut } from "./api/client";
import { useProfile, useSession, useSetProfile } from "./api/profile";
import { setZone } from "./lib/time";
import { routes } from "./routes";
import { homeOf } from "./shell/navigation";
import { NewPassword } from "./shell/NewPassword";
import { NotFound } from "./shell/NotFound";
import { Shell } from "./shell/Shell";
import { SignIn } from "./shell/SignIn";
import { Button } from "./ui/Button";
import { ErrorPanel } from "./ui/States";
import { Toaster } from "./ui/Toaster";

const Home = () => <Navigate to={homeOf(useProfile())} replace />;

const router = createHashRouter([
  {
    element: <Shell />,
    children: [{ index: true, element: <Home /> }, ...routes, { path: "*", element: <NotFound /> }],
  },
]);

export function App() {
  const session = useSession();
  const setProfile = useSetProfile();
  useEffect(() => whenSignedOut(() => setProfile(null)), [setProfile]);
  if (session.data) setZone(session.data.time_zone);
  return (
    <>
      <Page session={session} />
      <Toaster />
    </>
  );
}

function Page({ session }: { session: ReturnType<typeof useSession> }) {
  if (session.data?.user?.password_temporary) return <NewPassword />;
  if (session.data) return <RouterProvider router={router} />;
  if (session.data === null) return <SignIn />;
  if (!session.error) return null;
  return (
    <main className="mx-auto max-w-lg space-y-3 p-6">
      <h1 className="sr-only">placeOps</h1>
      <ErrorPanel error={session.error} />
      <Button onClick={() => void session.refetch()}>Try again</Button>
    </main>
  );
}
