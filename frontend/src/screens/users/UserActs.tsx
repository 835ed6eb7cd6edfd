import { Ban, CircleCheck, Ellipsis, KeyRound, UserCog } from "lucide-react";
import { useState } from "react";
import { useAct } from "@/api/act";
import { api, unwrap, type Schema } from "@/api/client";
import { useProfile } from "@/api/profile";
import { cli } from "@/lib/words";
import { IconButton } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { CliLine } from "@/ui/CopyCli";
import { Menu, MenuItem, MenuLine } from "@/ui/Menu";
import { RoleForm } from "./RoleForm";

export type User = Schema<"User">;

interface UserActsProps {
  user: User;
  onPassword: (told: Schema<"NewPassword">) => void;
}

/** What can be done with an account; nothing with the own one, for which there is the profile. */
export function UserActs({ user, onPassword }: UserActsProps) {
  const own = useProfile().user?.id === user.id;
  const [asking, setAsking] = useState<"role" | "reset" | "disable" | null>(null);
  const close = () => setAsking(null);
  const path = { params: { path: { email: user.email } } };
  const invalidates = [["users"]];
  const reset = useAct(async () => unwrap(await api.POST("/users/{email}/reset-password", path)), {
    onDone: (told) => {
      close();
      onPassword(told);
    },
    invalidates,
    quiet: true,
  });
  const disable = useAct(async () => unwrap(await api.POST("/users/{email}/disable", path)), {
    done: `${user.email} is disabled`,
    onDone: close,
    invalidates,
    quiet: true,
  });
  const enable = useAct(async () => unwrap(await api.POST("/users/{email}/enable", path)), {
    done: `${user.email} may sign in again`,
    invalidates,
  });
  if (own) return <span className="text-xs text-muted">you</span>;
  const act = asking === "disable" ? disable : reset;
  const command = cli("user", asking === "disable" ? "disable" : "reset-password", user.email);
  return (
    <>
      <Menu button={<IconButton label={`Acts for ${user.email}`} icon={Ellipsis} />}>
        <MenuItem icon={UserCog} onSelect={() => setAsking("role")}>
          Change the role…
        </MenuItem>
        <MenuItem icon={KeyRound} onSelect={() => setAsking("reset")}>
          Reset the password…
        </MenuItem>
        <MenuLine />
        {user.active ? (
          <MenuItem icon={Ban} danger onSelect={() => setAsking("disable")}>
            Disable…
          </MenuItem>
        ) : (
          <MenuItem icon={CircleCheck} onSelect={() => enable.mutate(undefined)}>
            Enable
          </MenuItem>
        )}
      </Menu>
      {asking === "role" && <RoleForm user={user} onClose={close} />}
      <ConfirmDialog
        open={asking === "reset" || asking === "disable"}
        onOpenChange={(open) => !open && close()}
        title={asking === "disable" ? `Disable ${user.email}?` : `Reset the password of ${user.email}?`}
        confirm={asking === "disable" ? "Disable the account" : "Reset the password"}
        busy={act.isPending}
        error={act.error}
        onConfirm={() => act.mutate(undefined)}
      >
        <p>
          {asking === "disable"
            ? "Nobody can sign in with it, and its sessions and tokens end at once."
            : "A new one is made up and shown to you once. Sessions and tokens of the account end at once."}
        </p>
        <CliLine command={command} />
      </ConfirmDialog>
    </>
  );
}
