import { ChevronDown, Copy, Pencil, Send } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import type { Schema } from "@/api/client";
import { useMay, useMayOn } from "@/api/profile";
import { Button, ButtonLink } from "@/ui/Button";
import { Menu, MenuItem, MenuLine } from "@/ui/Menu";
import { MoveDialog } from "./MoveDialog";
import { MOVES, movesOf, type MoveName } from "./moves";

interface DriveMovesProps {
  drive: Schema<"Drive">;
  tab: string;
  onPublish: () => void;
}

/** The move that usually comes next as a button of its own, the others in a menu; each asks first. */
export function DriveMoves({ drive, tab, onPublish }: DriveMovesProps) {
  const may = useMay();
  const mayOn = useMayOn(drive);
  const navigate = useNavigate();
  const client = useQueryClient();
  const [asked, setAsked] = useState<MoveName | null>(null);
  if (!may("drive.write")) return null;
  const moves = movesOf(drive);
  const next = moves.find((name) => name === nextOf(drive));
  const finish = (name: MoveName) => {
    setAsked(null);
    if (name !== "delete") return;
    client.removeQueries({ queryKey: ["drives", drive.id] });
    void client.invalidateQueries({ queryKey: ["drives"] });
    void navigate("/drives");
  };
  return (
    <>
      {mayOn("drive.write") && drive.status !== "archived" && (
        <ButtonLink to={`/drives/${drive.id}/edit`} icon={Pencil}>
          Edit
        </ButtonLink>
      )}
      {drive.status === "draft" && drive.allowed_moves.includes("publish") && tab !== "selection" && (
        <Button kind="primary" icon={Send} onClick={onPublish}>
          Publish
        </Button>
      )}
      {next && (
        <Button kind="primary" icon={MOVES[next].icon} onClick={() => setAsked(next)}>
          {MOVES[next].label}
        </Button>
      )}
      <Menu button={<Button icon={ChevronDown}>More</Button>}>
        {moves
          .filter((name) => name !== next && !isLast(name))
          .map((name) => (
            <MenuItem key={name} icon={MOVES[name].icon} onSelect={() => setAsked(name)}>
              {MOVES[name].label}
            </MenuItem>
          ))}
        <MenuItem icon={Copy} onSelect={() => void navigate(`/drives/new?copy=${drive.id}`)}>
          Copy to a new draft
        </MenuItem>
        {moves.some(isLast) && <MenuLine />}
        {moves.filter(isLast).map((name) => (
          <MenuItem key={name} danger icon={MOVES[name].icon} onSelect={() => setAsked(name)}>
            {MOVES[name].label}
          </MenuItem>
        ))}
      </Menu>
      {asked && (
        <MoveDialog key={asked} drive={drive} name={asked} onClose={() => setAsked(null)} onDone={finish} />
      )}
    </>
  );
}

const isLast = (name: MoveName): boolean => name === "cancel" || name === "delete";

/** What an officer would do next, as far as one can tell from the drive. */
function nextOf(drive: Schema<"Drive">): MoveName | null {
  if (drive.status === "paused") return "resume";
  if (drive.status === "in_progress") return "complete";
  return drive.status === "posted" && drive.registration === "closed" && drive.registered > 0
    ? "start"
    : null;
}
