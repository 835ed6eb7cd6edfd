import { UserPlus } from "lucide-react";
import { useState } from "react";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { oneOf, useFilters } from "@/lib/filters";
import { cli, words } from "@/lib/words";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { Select } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { ShownOnce } from "@/ui/ShownOnce";
import { EmptyState } from "@/ui/States";
import { Time } from "@/ui/Time";
import { scopeWords } from "./scopeWords";
import { UserActs, type User } from "./UserActs";
import { UserForm } from "./UserForm";

const ROLES = ["ADMIN", "COORDINATOR", "STAFF", "STUDENT"] as const;

const COLUMNS: Column<User>[] = [
  {
    id: "user",
    header: "User",
    primary: true,
    sort: (user) => user.email,
    cell: (user) => (
      <>
        <span className="font-medium">{user.name || user.email}</span>
        {user.name && <span className="block text-xs font-normal break-all text-muted">{user.email}</span>}
      </>
    ),
  },
  {
    id: "role",
    header: "Role",
    sort: (user) => user.role,
    cell: (user) => <Badge tone={user.role === "ADMIN" ? "accent" : "neutral"}>{words(user.role)}</Badge>,
  },
  { id: "scope", header: "Looks after", cell: (user) => <LooksAfter user={user} /> },
  {
    id: "state",
    header: "State",
    sort: (user) => Number(user.active),
    cell: (user) => (
      <>
        <Badge tone={user.active ? "good" : "bad"}>{user.active ? "Active" : "Disabled"}</Badge>
        {user.active && user.password_temporary && (
          <span className="block text-xs text-warn">password not changed yet</span>
        )}
      </>
    ),
  },
  {
    id: "since",
    header: "Since",
    sort: (user) => user.created_at,
    cell: (user) => <Time value={user.created_at} />,
  },
];

function LooksAfter({ user }: { user: User }) {
  if (user.role === "COORDINATOR") return <>{scopeWords(user.scope)}</>;
  if (user.role === "STUDENT") return <>{user.student ?? "–"}</>;
  return <span className="text-muted">everything the role may</span>;
}

export default function UserList() {
  const { get, set } = useFilters();
  const role = oneOf(get("role"), ROLES);
  const [creating, setCreating] = useState(false);
  const [told, setTold] = useState<Schema<"NewPassword"> | null>(null);
  const pages = usePages(["users", { role }], async (cursor) =>
    unwrap(await api.GET("/users", { params: { query: { role, cursor } } })),
  );
  const columns: Column<User>[] = [
    ...COLUMNS,
    {
      id: "acts",
      header: "Acts",
      align: "right",
      cell: (user) => <UserActs user={user} onPassword={setTold} />,
    },
  ];
  return (
    <>
      <PageHeader
        title="Users"
        about="Who may sign in, and what for."
        actions={
          <>
            <CopyCli command={cli("user", "list", ...(role ? ["--role", role] : []))} />
            <Button kind="primary" icon={UserPlus} onClick={() => setCreating(true)}>
              New user
            </Button>
          </>
        }
      />
      <div className="mb-3">
        <Select
          label="Role"
          bare
          className="sm:w-44"
          options={[
            { value: "", label: "Any role" },
            ...ROLES.map((one) => ({ value: one, label: words(one) })),
          ]}
          value={role ?? ""}
          onChange={(event) => set({ role: event.target.value })}
        />
      </div>
      <Panel flush>
        <DataTable
          label="Users"
          columns={columns}
          pages={pages}
          rowKey={(user) => user.id}
          empty={
            <EmptyState
              title={role ? `No user is ${words(role).toLowerCase()}` : "No users yet"}
              command={cli("user", "create", "EMAIL", "--role", role ?? "STAFF")}
              action={
                <Button icon={UserPlus} onClick={() => setCreating(true)}>
                  New user
                </Button>
              }
            />
          }
        />
      </Panel>
      {creating && (
        <UserForm
          onClose={() => setCreating(false)}
          onCreated={(created) => {
            setCreating(false);
            setTold(created);
          }}
        />
      )}
      {told?.password && (
        <ShownOnce
          title={`Password of ${told.user.email}`}
          about="Hand it over in person or by a safe way. It must be changed at the first sign-in."
          label="Password"
          secret={told.password}
          onClose={() => setTold(null)}
        />
      )}
    </>
  );
}
