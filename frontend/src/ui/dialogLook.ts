export const OVERLAY = "fixed inset-0 z-40 bg-black/45";

export const SHEET =
  "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 " +
  "flex-col rounded-lg border border-line bg-raised shadow-raised";
