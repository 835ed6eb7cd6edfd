import clsx from "clsx";
import { NavLink } from "react-router";
import { useProfile } from "../api/profile";
import { Logo } from "./Logo";
import { navigationFor } from "./navigation";

/** The navigation; `onFollow` closes the drawer in which it lies on narrow screens. */
export function Sidebar({ onFollow }: { onFollow?: () => void }) {
  const profile = useProfile();
  return (
    <nav aria-label="Main" className="flex h-full flex-col gap-5 overflow-y-auto px-3 py-4">
      <Logo />
      {navigationFor(profile).map((group) => (
        <div key={group.label}>
          <p className="mb-1 px-2 text-xs font-medium text-muted">{group.label}</p>
          <ul className="space-y-px">
            {group.entries.map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <NavLink
                  to={to}
                  onClick={onFollow}
                  className={({ isActive }) =>
                    clsx(
                      "flex items-center gap-2.5 rounded-md px-2 py-1.5",
                      isActive ? "bg-accent-soft font-medium text-accent-strong" : "text-ink hover:bg-sunken",
                    )
                  }
                >
                  <Icon aria-hidden size={16} />
                  {label}
                </NavLink>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
