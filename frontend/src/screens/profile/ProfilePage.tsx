import { toast } from "sonner";
import { useProfile } from "@/api/profile";
import { words } from "@/lib/words";
import { PasswordForm } from "@/shell/PasswordForm";
import { Badge } from "@/ui/Badge";
import { KeyValue } from "@/ui/Facts";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { scopeWords } from "../users/scopeWords";

export default function ProfilePage() {
  const profile = useProfile();
  const { user } = profile;
  return (
    <>
      <PageHeader
        title={user?.name || profile.name}
        above="Profile"
        badge={<Badge tone="accent">{words(profile.role)}</Badge>}
      />
      <div className="grid gap-4 lg:grid-cols-2">
        <div className="space-y-4">
          <Panel title="Who I am">
            <KeyValue
              items={[
                ["Signed in as", profile.name],
                ["Role", words(profile.role)],
                ["Looks after", user && profile.role === "COORDINATOR" ? scopeWords(user.scope) : null],
                ["Student", user?.student ?? null],
                ["Account since", user && <Time value={user.created_at} />],
                ["Times are shown in", profile.time_zone],
              ]}
            />
          </Panel>
          <Panel title="Change the password">
            <p className="mb-4 text-sm text-muted">
              Everywhere else where you are signed in, you are signed out.
            </p>
            <PasswordForm onDone={() => toast.success("The password is changed")} />
          </Panel>
        </div>
        <Panel title="What I may do">
          <KeyValue items={permissionWords(profile.permissions)} />
        </Panel>
      </div>
    </>
  );
}

/** What may be done with each kind of thing, and how far that goes where it is not everywhere. */
function permissionWords(permissions: Record<string, string>): [string, string][] {
  const found = new Map<string, string[]>();
  for (const [name, reach] of Object.entries(permissions)) {
    const [noun = "", verb] = name.split(".", 2);
    if (!verb) continue;
    const told = reach === "yes" ? verb : `${verb} (${reach})`;
    found.set(words(noun), [...(found.get(words(noun)) ?? []), told]);
  }
  return [...found].map(([noun, verbs]) => [noun, verbs.join(", ")]);
}
