import { useMutation } from "@tanstack/react-query";
import { CircleUserRound, LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { useNavigate } from "react-router";
import { api } from "../api/client";
import { Problem, asProblem } from "../api/problem";
import { useProfile, useSetProfile } from "../api/profile";
import { useTheme, type Theme } from "../lib/theme";
import { words } from "../lib/words";
import { Button } from "../ui/Button";
import { Menu, MenuItem, MenuLine, MenuNote } from "../ui/Menu";
import { problemToast } from "../ui/Toaster";

const THEMES = { system: Monitor, light: Sun, dark: Moon };

export function UserMenu() {
  const profile = useProfile();
  const setProfile = useSetProfile();
  const navigate = useNavigate();
  const { theme, choose } = useTheme();
  const signOut = useMutation({
    mutationFn: () => api.POST("/auth/logout"),
    onSuccess: () => setProfile(null),
    onError: (error) => {
      if (!(error instanceof Problem && error.status === 401)) problemToast(asProblem(error));
    },
  });
  return (
    <Menu
      button={
        <Button kind="quiet" icon={CircleUserRound}>
          <span className="sr-only">Account of </span>
          <span className="max-w-40 truncate max-sm:sr-only">{profile.user?.name || profile.name}</span>
        </Button>
      }
    >
      <MenuNote>
        {profile.name}
        <br />
        {words(profile.role)}
      </MenuNote>
      <MenuItem icon={UserRound} onSelect={() => void navigate("/profile")}>
        Profile and password
      </MenuItem>
      <MenuLine />
      {(Object.keys(THEMES) as Theme[]).map((one) => (
        <MenuItem key={one} icon={THEMES[one]} onSelect={() => choose(one)}>
          {one === "system" ? "As the system" : words(one)}
          {one === theme && <span className="ml-auto pl-4 text-xs text-muted">chosen</span>}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem icon={LogOut} onSelect={() => signOut.mutate()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
