import { fromRupees, rupees } from "@/lib/money";
import { Input } from "@/ui/Field";

/** The pay and the dates of an offer as they are typed. */
export interface OfferText {
  ctc_fixed: string;
  ctc_variable: string;
  ctc_total: string;
  offered_on: string;
  joins_on: string;
}

const PAY = [
  { name: "ctc_fixed", label: "Fixed a year" },
  { name: "ctc_variable", label: "Variable a year" },
  { name: "ctc_total", label: "CTC in all a year" },
] as const;
const DATES = [
  { name: "offered_on", label: "Offered on" },
  { name: "joins_on", label: "Joins on" },
] as const;

interface OfferFieldsProps {
  text: OfferText;
  onChange: (text: OfferText) => void;
  /** Whether an empty total becomes the sum of both parts. */
  sums?: boolean;
}

export function OfferFields({ text, onChange, sums }: OfferFieldsProps) {
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-3">
        {PAY.map(({ name, label }) => {
          const value = fromRupees(text[name]);
          return (
            <Input
              key={name}
              label={label}
              inputMode="text"
              placeholder={name === "ctc_total" && sums ? "the sum, if known" : "unknown"}
              hint={value ? rupees(value) : "Rupees, or 12 LPA"}
              error={value === undefined ? "Not an amount: 12,00,000 or 12 LPA." : null}
              value={text[name]}
              onChange={(event) => onChange({ ...text, [name]: event.target.value })}
            />
          );
        })}
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        {DATES.map(({ name, label }) => (
          <Input
            key={name}
            label={label}
            type="date"
            value={text[name]}
            onChange={(event) => onChange({ ...text, [name]: event.target.value })}
          />
        ))}
      </div>
    </>
  );
}

/** Whether every amount can be read. */
export const isReadable = (text: OfferText): boolean =>
  PAY.every(({ name }) => fromRupees(text[name]) !== undefined);

/** The members of a request; empty is unknown. */
export const valuesOf = (text: OfferText) => ({
  ctc_fixed: fromRupees(text.ctc_fixed) ?? null,
  ctc_variable: fromRupees(text.ctc_variable) ?? null,
  ctc_total: fromRupees(text.ctc_total) ?? null,
  offered_on: text.offered_on || null,
  joins_on: text.joins_on || null,
});

/** The flags of the CLI for the values that are known. */
export const flagsOf = (values: Partial<ReturnType<typeof valuesOf>>): (string | number)[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value == null ? [] : [`--${name.replace("_", "-")}`, value],
  );
