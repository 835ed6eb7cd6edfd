export const OFFER_STATUSES = ["OFFERED", "ACCEPTED", "DECLINED", "REVOKED"] as const;

export type OfferStatus = (typeof OFFER_STATUSES)[number];

/** Where an offer comes from. */
export const KINDS: Record<string, string> = {
  DRIVE: "From a drive",
  PPO: "Pre-placement offer",
  OFF_CAMPUS: "Off campus",
};
