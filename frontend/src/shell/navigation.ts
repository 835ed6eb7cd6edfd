import {
  Activity,
  Award,
  Briefcase,
  CalendarClock,
  ChartColumn,
  ClipboardCheck,
  Cpu,
  FileDown,
  GraduationCap,
  KeyRound,
  Layers,
  ListChecks,
  ScrollText,
  Users,
  type LucideIcon,
} from "lucide-react";
import type { Profile } from "../api/profile";

interface Entry {
  to: string;
  label: string;
  icon: LucideIcon;
  /** The permission without which the entry is not shown. */
  needs: string;
}

export interface Group {
  label: string;
  entries: Entry[];
}

const OFFICE: Group = {
  label: "Office",
  entries: [
    { to: "/drives", label: "Drives", icon: Briefcase, needs: "drive.read" },
    { to: "/students", label: "Students", icon: GraduationCap, needs: "student.read" },
    { to: "/offers", label: "Offers", icon: Award, needs: "offer.read" },
    { to: "/analytics", label: "Analytics", icon: ChartColumn, needs: "view.read" },
    { to: "/exports", label: "Exports", icon: FileDown, needs: "export.read" },
  ],
};

const STUDENT: Group = {
  label: "Mine",
  entries: [
    { to: "/my/drives", label: "Drives", icon: Briefcase, needs: "drive.read" },
    { to: "/my/registrations", label: "My registrations", icon: ClipboardCheck, needs: "registration.read" },
  ],
};

const OPERATION: Group = {
  label: "Operation",
  entries: [
    { to: "/overview", label: "Overview", icon: Activity, needs: "queue.read" },
    { to: "/jobs", label: "Jobs", icon: ListChecks, needs: "job.read" },
    { to: "/queues", label: "Queues", icon: Layers, needs: "queue.read" },
    { to: "/workers", label: "Workers", icon: Cpu, needs: "queue.read" },
    { to: "/schedules", label: "Schedules", icon: CalendarClock, needs: "schedule.read" },
    { to: "/audit", label: "Audit", icon: ScrollText, needs: "audit.read" },
    { to: "/users", label: "Users", icon: Users, needs: "user.manage" },
    { to: "/tokens", label: "Tokens", icon: KeyRound, needs: "token.manage" },
  ],
};

/** What this person is offered; the server decides what they are allowed. */
export function navigationFor(profile: Profile): Group[] {
  const groups = profile.role === "STUDENT" ? [STUDENT] : [OFFICE, OPERATION];
  return groups
    .map((group) => ({
      ...group,
      entries: group.entries.filter((entry) => entry.needs in profile.permissions),
    }))
    .filter((group) => group.entries.length > 0);
}

/** Where one lands after signing in. */
export const homeOf = (profile: Profile): string => (profile.role === "STUDENT" ? "/my/drives" : "/drives");
