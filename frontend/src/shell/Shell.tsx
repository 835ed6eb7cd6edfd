import { Keyboard, Menu as MenuIcon } from "lucide-react";
import * as Drawer from "radix-ui/dialog";
import { Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Outlet, useLocation } from "react-router";
import { useProfile } from "../api/profile";
import { LiveProvider } from "../api/useLive";
import { IconButton } from "../ui/Button";
import { OVERLAY } from "../ui/dialogLook";
import { Skeleton } from "../ui/States";
import { useFocusBack } from "../ui/useFocusBack";
import { ErrorBoundary } from "./ErrorBoundary";
import { LiveBadge } from "./LiveBadge";
import { Logo } from "./Logo";
import { navigationFor } from "./navigation";
import { ShortcutsDialog } from "./ShortcutsDialog";
import { Sidebar } from "./Sidebar";
import { useShortcuts } from "./useShortcuts";
import { UserMenu } from "./UserMenu";

/** The frame around every screen: navigation, live badge, user menu, keys. */
export function Shell() {
  const profile = useProfile();
  const { pathname } = useLocation();
  const [drawer, setDrawer] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  const focus = useFocusBack();
  const offered = useCallback(
    (to: string) => navigationFor(profile).some((group) => group.entries.some((entry) => entry.to === to)),
    [profile],
  );
  useShortcuts(
    offered,
    useCallback(() => setHelp(true), []),
  );
  useEffect(() => {
    // Braces: in newer browsers it returns a promise, which React would take for a clean-up.
    window.scrollTo(0, 0);
  }, [pathname]);

  return (
    <LiveProvider>
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="sr-only z-50 rounded bg-raised px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </button>
      <aside className="fixed inset-y-0 left-0 w-52 border-r border-line bg-surface max-lg:hidden print:hidden">
        <Sidebar />
      </aside>
      <div className="flex min-h-dvh min-w-0 flex-col lg:pl-52 print:pl-0">
        <header className="sticky top-0 z-30 flex h-12 items-center gap-1 border-b border-line bg-surface px-3 lg:px-6 print:hidden">
          <div className="flex items-center lg:hidden">
            <IconButton label="Open the navigation" icon={MenuIcon} onClick={() => setDrawer(true)} />
            <Logo />
          </div>
          <div className="ml-auto flex items-center gap-1">
            <LiveBadge />
            <IconButton
              label="Show the keys"
              icon={Keyboard}
              onClick={() => setHelp(true)}
              className="max-sm:hidden"
            />
            <UserMenu />
          </div>
        </header>
        <main ref={main} tabIndex={-1} className="mx-auto w-full max-w-7xl flex-1 p-4 outline-none lg:p-6">
          <ErrorBoundary key={pathname}>
            <Suspense fallback={<Skeleton lines={6} />}>
              <Outlet />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <Drawer.Root open={drawer} onOpenChange={setDrawer}>
        <Drawer.Portal>
          <Drawer.Overlay className={OVERLAY} />
          <Drawer.Content
            {...focus}
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 w-64 border-r border-line bg-surface shadow-raised"
          >
            <Drawer.Title className="sr-only">Navigation</Drawer.Title>
            <Sidebar onFollow={() => setDrawer(false)} />
          </Drawer.Content>
        </Drawer.Portal>
      </Drawer.Root>
      <ShortcutsDialog open={help} onOpenChange={setHelp} may={offered} />
    </LiveProvider>
  );
}
