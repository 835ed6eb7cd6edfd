import { KeyRound } from "lucide-react";
import { useState } from "react";
import { api, unwrap, type Schema } from "@/api/client";
import { usePages } from "@/api/pages";
import { useFilters } from "@/lib/filters";
import { cli, words } from "@/lib/words";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { DataTable, type Column } from "@/ui/DataTable";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { ShownOnce } from "@/ui/ShownOnce";
import { EmptyState } from "@/ui/States";
import { SuggestBox } from "@/ui/SuggestBox";
import { Time } from "@/ui/Time";
import { RevokeToken } from "./RevokeToken";
import { TokenForm } from "./TokenForm";

type Token = Schema<"Token">;

const TONES: Record<string, Tone> = { valid: "good", expired: "neutral", revoked: "bad" };

const COLUMNS: Column<Token>[] = [
  {
    id: "token",
    header: "Token",
    primary: true,
    sort: (token) => token.name,
    cell: (token) => (
      <>
        <span className="font-medium">{token.name}</span>
        <span className="block text-xs font-normal break-all text-muted">
          #{token.id}, acts as {token.user}
        </span>
      </>
    ),
  },
  {
    id: "state",
    header: "State",
    sort: (token) => token.state,
    cell: (token) => <Badge tone={TONES[token.state]}>{words(token.state)}</Badge>,
  },
  {
    id: "scopes",
    header: "May",
    cell: (token) => (token.scopes ? <Scopes scopes={token.scopes} /> : <span>all that the user may</span>),
  },
  {
    id: "used",
    header: "Last used",
    sort: (token) => token.last_used_at,
    cell: (token) => <Time value={token.last_used_at} none="never" />,
  },
  {
    id: "expires",
    header: "Ends",
    sort: (token) => token.expires_at,
    cell: (token) => <Time value={token.expires_at} />,
  },
  {
    id: "created",
    header: "Created",
    sort: (token) => token.created_at,
    cell: (token) => (
      <>
        <Time value={token.created_at} />
        <span className="block text-xs break-all text-muted">by {token.created_by}</span>
      </>
    ),
  },
  { id: "acts", header: "Acts", align: "right", cell: (token) => <RevokeToken token={token} /> },
];

const FEW = 3;

function Scopes({ scopes }: { scopes: readonly string[] }) {
  if (scopes.length <= FEW) return <span className="font-mono text-xs">{scopes.join(", ")}</span>;
  return (
    <details>
      <summary className="cursor-pointer">{scopes.length} permissions</summary>
      <span className="font-mono text-xs">{scopes.join(", ")}</span>
    </details>
  );
}

export default function TokenList() {
  const { get, set } = useFilters();
  const user = get("user");
  const [creating, setCreating] = useState(false);
  const [created, setCreated] = useState<Schema<"NewToken"> | null>(null);
  const pages = usePages(["tokens", { user }], async (cursor) =>
    unwrap(await api.GET("/tokens", { params: { query: { user: user || undefined, cursor } } })),
  );
  const users = [...new Set(pages.rows.map((token) => token.user))].sort();
  const create = (
    <Button kind="primary" icon={KeyRound} onClick={() => setCreating(true)}>
      New token
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Tokens"
        about="With these, programs act as users. Their secrets are not kept."
        actions={
          <>
            <CopyCli command={cli("token", "list", ...(user ? ["--user", user] : []))} />
            {create}
          </>
        }
      />
      <SuggestBox
        label="Of the user"
        search
        className="mb-3 sm:w-64"
        value={user}
        suggestions={users}
        onChange={(value) => set({ user: value })}
      />
      <Panel flush>
        <DataTable
          label="Tokens"
          columns={COLUMNS}
          pages={pages}
          rowKey={(token) => token.id}
          empty={
            <EmptyState
              title={user ? `No tokens of ${user}` : "No tokens yet"}
              command={cli("token", "create", "--user", user || "EMAIL", "--name", "dashboard")}
              action={create}
            />
          }
        />
      </Panel>
      {creating && (
        <TokenForm
          onClose={() => setCreating(false)}
          onCreated={(told) => {
            setCreating(false);
            setCreated(told);
          }}
        />
      )}
      {created && (
        <ShownOnce
          title={`Token ${created.token.name}`}
          about={`The program sends it as "Authorization: Bearer …", and acts as ${created.token.user}.`}
          label="Token"
          secret={created.secret}
          onClose={() => setCreated(null)}
        />
      )}
    </>
  );
}
