import {
  Archive,
  Ban,
  CalendarPlus,
  CircleCheck,
  Pause,
  Play,
  Rocket,
  Trash2,
  type LucideIcon,
} from "lucide-react";
import { api, unwrap, type Schema } from "@/api/client";
import { count, counted } from "@/lib/numbers";
import { fromInput, stamp } from "@/lib/time";
import { cli } from "@/lib/words";

type Drive = Schema<"Drive">;

/** What is asked for before a move. */
export interface Given {
  reason: string;
  /** As of <input type="datetime-local">. */
  until: string;
}

export interface Move {
  label: string;
  icon: LucideIcon;
  needs?: "reason" | "until";
  /** Severe: the drive's code must be typed. */
  severe?: boolean;
  /** Takes nothing away. */
  harmless?: boolean;
  done: string;
  consequences: (drive: Drive) => (string | false | null)[];
  send: (drive: Drive, given: Given) => Promise<Drive>;
  command: (drive: Drive, given: Given) => string;
}

const path = ({ id }: Drive) => ({ params: { path: { ref: String(id) } } });
const plain = (name: string) => (drive: Drive) => cli("drive", name, drive.code);
const withReason =
  (name: string) =>
  (drive: Drive, { reason }: Given) =>
    cli("drive", name, drive.code, "--reason", reason || "TEXT");

const people = (drive: Drive) => counted(drive.registered, "student");

/** The moves of a drive, but for publishing it, which has a tab of its own. */
export const MOVES = {
  extend: {
    label: "Extend",
    icon: CalendarPlus,
    needs: "until",
    harmless: true,
    done: "Registration closes later",
    consequences: (drive) => [
      drive.reg_closes_at
        ? `Registration ${drive.registration === "closed" ? "closed" : "closes"} on ${stamp(drive.reg_closes_at)}. It can only be moved to a later time.`
        : "Registration gets a later close.",
      drive.registration === "closed" && "Students may register again at once.",
    ],
    send: async (drive, { until }) =>
      unwrap(
        await api.POST("/drives/{ref}/extend", { ...path(drive), body: { until: fromInput(until) ?? "" } }),
      ),
    command: (drive, { until }) =>
      cli("drive", "extend", drive.code, "--until", until ? until.replace("T", " ") : "TIME"),
  },
  pause: {
    label: "Pause",
    icon: Pause,
    needs: "reason",
    done: "Registration is paused",
    consequences: (drive) => [
      "Nobody can register until it is resumed; students are told the reason.",
      drive.registered > 0 && `${people(drive)} who registered stay registered.`,
      "While it is paused, its pay and rules may be changed.",
    ],
    send: async (drive, { reason }) =>
      unwrap(await api.POST("/drives/{ref}/pause", { ...path(drive), body: { reason } })),
    command: withReason("pause"),
  },
  resume: {
    label: "Resume",
    icon: Play,
    harmless: true,
    done: "Registration is taken again",
    consequences: (drive) => [
      "Registration is taken again, within the window as it is.",
      drive.reg_closes_at && `It closes on ${stamp(drive.reg_closes_at)}.`,
    ],
    send: async (drive) => unwrap(await api.POST("/drives/{ref}/resume", path(drive))),
    command: plain("resume"),
  },
  start: {
    label: "Start",
    icon: Rocket,
    done: "The drive has begun",
    consequences: (drive) => [
      "Registration ends for good: nobody can register or withdraw any more.",
      `The first round expects ${people(drive)}.`,
    ],
    send: async (drive) => unwrap(await api.POST("/drives/{ref}/start", path(drive))),
    command: plain("start"),
  },
  complete: {
    label: "Complete",
    icon: CircleCheck,
    done: "The drive is over",
    consequences: () => [
      "The drive is over. Every round of it must be finalised.",
      "After it, attendance can only be corrected, until it is archived.",
    ],
    send: async (drive) => unwrap(await api.POST("/drives/{ref}/complete", path(drive))),
    command: plain("complete"),
  },
  cancel: {
    label: "Cancel",
    icon: Ban,
    needs: "reason",
    severe: true,
    done: "The drive is called off",
    consequences: (drive) => [
      "The drive does not take place. This cannot be taken back.",
      drive.registered > 0
        ? `${people(drive)} who registered are withdrawn, and told the reason.`
        : "Nobody has registered for it.",
      `The selection of ${count(drive.selection.selected)} stays as a record.`,
    ],
    send: async (drive, { reason }) =>
      unwrap(await api.POST("/drives/{ref}/cancel", { ...path(drive), body: { reason } })),
    command: withReason("cancel"),
  },
  archive: {
    label: "Archive",
    icon: Archive,
    done: "The drive is archived",
    consequences: () => ["It can only be looked at after this, for good: not even its note can be changed."],
    send: async (drive) => unwrap(await api.POST("/drives/{ref}/archive", path(drive))),
    command: plain("archive"),
  },
  delete: {
    label: "Delete",
    icon: Trash2,
    severe: true,
    done: "The draft is deleted",
    consequences: () => ["The draft, its rules and its verdicts are removed. This cannot be taken back."],
    send: async (drive) => unwrap(await api.DELETE("/drives/{ref}", path(drive))),
    command: plain("delete"),
  },
} as const satisfies Record<string, Move>;

export type MoveName = keyof typeof MOVES;

/** The moves that somebody may do now, in the order in which they usually come. */
export const movesOf = (drive: Drive): MoveName[] =>
  (Object.keys(MOVES) as MoveName[]).filter((name) => drive.allowed_moves.includes(name));
