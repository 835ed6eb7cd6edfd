import { lazy, type ComponentType } from "react";
import { Navigate, type RouteObject } from "react-router";

const screen = (path: string, load: () => Promise<{ default: ComponentType }>): RouteObject => {
  const Screen = lazy(load);
  return { path, element: <Screen /> };
};

/** Every screen, each loaded when it is first shown. */
export const routes: RouteObject[] = [
  screen("drives", () => import("./screens/drives/DriveList")),
  screen("drives/new", () => import("./screens/drives/DriveNew")),
  screen("drives/:id", () => import("./screens/drives/DrivePage")),
  screen("drives/:id/edit", () => import("./screens/drives/DriveEdit")),
  screen("students", () => import("./screens/students/StudentList")),
  screen("students/import", () => import("./screens/students/StudentImport")),
  screen("students/:college/:roll", () => import("./screens/students/StudentPage")),
  screen("offers", () => import("./screens/offers/OfferList")),
  { path: "analytics", element: <Navigate to="/analytics/drive_funnel" replace /> },
  screen("analytics/:view", () => import("./screens/analytics/ViewPage")),
  screen("exports", () => import("./screens/exports/ExportList")),
  screen("my/drives", () => import("./screens/my/MyDrives")),
  screen("my/drives/:id", () => import("./screens/my/MyDrive")),
  screen("my/registrations", () => import("./screens/my/MyRegistrations")),
  screen("overview", () => import("./screens/overview/Overview")),
  screen("jobs", () => import("./screens/jobs/JobList")),
  screen("jobs/:id", () => import("./screens/jobs/JobPage")),
  screen("queues", () => import("./screens/queues/QueueList")),
  screen("workers", () => import("./screens/workers/WorkerList")),
  screen("schedules", () => import("./screens/schedules/ScheduleList")),
  screen("audit", () => import("./screens/audit/AuditList")),
  screen("users", () => import("./screens/users/UserList")),
  screen("tokens", () => import("./screens/tokens/TokenList")),
  screen("profile", () => import("./screens/profile/ProfilePage")),
];
