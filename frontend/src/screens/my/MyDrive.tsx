import { useQuery } from "@tanstack/react-query";
import { Printer } from "lucide-react";
import { Link, useParams } from "react-router";
import { api, unwrap } from "@/api/client";
import { useProfile } from "@/api/profile";
import { lpaRange } from "@/lib/money";
import { calendarDay } from "@/lib/time";
import { cli } from "@/lib/words";
import { ButtonLink } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { KeyValue } from "@/ui/Facts";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { EmptyState, ErrorPanel, Skeleton } from "@/ui/States";
import { Time } from "@/ui/Time";
import { Register, Withdraw } from "./Acts";
import { MINE, useMyDrive, type MyStanding } from "./mine";
import { ReceiptFacts, receiptPath } from "./Receipt";
import { Rounds } from "./Rounds";
import { Rules } from "./Rules";
import { Standing } from "./Standing";
import { Window } from "./Window";

const ALL = "/my/drives?show=all";

export default function MyDrive() {
  const { id = "" } = useParams();
  const { data, error, isPending, refetch } = useMyDrive(id);
  const above = (
    <Link to={ALL} className="underline-offset-2 hover:underline">
      Drives
    </Link>
  );
  if (data) {
    return (
      <>
        <PageHeader
          title={`${data.company} · ${data.title}`}
          above={above}
          actions={<AsCli drive={data} />}
        />
        <Drive drive={data} />
      </>
    );
  }
  return (
    <>
      <PageHeader title="Drive" above={above} />
      {error && <ErrorPanel error={error} retry={() => void refetch()} />}
      {isPending && <Skeleton lines={8} />}
      {data === null && (
        <EmptyState title="No such drive" action={<ButtonLink to={ALL}>All drives</ButtonLink>}>
          It is not open to you, or no longer there.
        </EmptyState>
      )}
    </>
  );
}

function Drive({ drive }: { drive: MyStanding }) {
  const id = String(drive.drive_id);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2 lg:grid-rows-[auto_1fr]">
      <div className="space-y-4">
        <Panel title="Where you stand">
          <div className="space-y-4">
            <Standing drive={drive} />
            <Register drive={drive} />
            {drive.may_withdraw && drive.registration && (
              <Withdraw drive={drive} receipt={drive.registration.id} />
            )}
          </div>
        </Panel>
        {drive.registration && (
          <Panel
            title="Receipt"
            actions={
              <ButtonLink to={receiptPath(drive.registration.id)} size="small" icon={Printer}>
                Open to print
              </ButtonLink>
            }
          >
            <ReceiptFacts receipt={drive.registration} />
          </Panel>
        )}
      </div>
      <Panel title="Do you meet the criteria?" className="lg:col-start-2 lg:row-span-2 lg:row-start-1">
        <Rules drive={id} />
      </Panel>
      <div className="space-y-4">
        <About drive={drive} />
        <Rounds drive={id} />
      </div>
    </div>
  );
}

function About({ drive }: { drive: MyStanding }) {
  const id = String(drive.drive_id);
  const { data } = useQuery({
    queryKey: [...MINE, "details", id],
    queryFn: async () => unwrap(await api.GET("/drives/{ref}", { params: { path: { ref: id } } })).drive,
  });
  return (
    <Panel title="The drive">
      <KeyValue
        items={[
          ["Registration", <Window drive={drive} />],
          ["Opens", <Time value={drive.reg_opens_at} as="stamp" />],
          ["Closes", <Time value={drive.reg_closes_at} as="stamp" />],
          ["Paused", data?.paused_reason ?? null],
          ["Cancelled", data?.cancelled_reason ?? null],
          ["CTC", lpaRange(drive.ctc_min, drive.ctc_max)],
          ["Drive date", drive.drive_date ? calendarDay(drive.drive_date) : "not set yet"],
          ["Code", <span className="font-mono">{drive.code}</span>],
        ]}
      />
    </Panel>
  );
}

/** What can be done here now, else why things are as they are. */
function AsCli({ drive }: { drive: MyStanding }) {
  const { user, name } = useProfile();
  if (!user?.student) return null;
  const verb = drive.may_register ? "add" : drive.may_withdraw ? "withdraw" : null;
  const command = verb
    ? cli("registration", verb, "--drive", drive.code, "--student", user.student, "--as", name)
    : cli("drive", "why", drive.code, user.student, "--as", name);
  return (
    <span className="max-sm:hidden">
      <CopyCli command={command} />
    </span>
  );
}
