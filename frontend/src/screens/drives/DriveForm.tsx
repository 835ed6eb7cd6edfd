import { useState, type ReactNode } from "react";
import { asProblem } from "@/api/problem";
import { Button, ButtonLink } from "@/ui/Button";
import { CopyCli } from "@/ui/CopyCli";
import { Checkbox } from "@/ui/Field";
import { Panel } from "@/ui/Panel";
import { ErrorPanel } from "@/ui/States";
import { AboutFields, WindowFields } from "./AboutFields";
import { CriteriaFields } from "./CriteriaFields";
import { errorsIn, type DriveValues, type Errors } from "./driveValues";
import { EligibleCount, shortCount, usePreview } from "./EligibleCount";

/** Parts of a drive that its state keeps as they are, each with the reason. */
export interface Fixed {
  about?: boolean;
  rules?: ReactNode;
  window?: ReactNode;
}

interface DriveFormProps {
  values: DriveValues;
  onChange: (values: DriveValues) => void;
  /** The drive's code when it exists already. */
  code?: string;
  fixed?: Fixed;
  /** Something above the buttons, such as a conflict. */
  notice?: ReactNode;
  error: unknown;
  busy: boolean;
  submit: string;
  unchanged?: boolean;
  command: string;
  back: string;
  onSubmit: () => void;
}

/** The fields of a drive, and beside them how many students its rules let through. */
export function DriveForm({ values, onChange, code, fixed = {}, notice, error, ...rest }: DriveFormProps) {
  const [tried, setTried] = useState(false);
  const asked = usePreview(values, code);
  const set = (changes: Partial<DriveValues>) => onChange({ ...values, ...changes });
  const found = errorsIn(values);
  const errors = { ...(tried ? found : unfinished(found)), ...toldBy(error) };
  const given = { values, errors, set };
  const submit = () => {
    setTried(true);
    if (Object.keys(found).length === 0) rest.onSubmit();
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]"
    >
      <div className="min-w-0 space-y-4">
        <Panel title="The drive">
          <AboutFields {...given} disabled={fixed.about} payFixed={Boolean(fixed.rules)} isNew={!code} />
        </Panel>
        <Panel title="Registration window">
          {fixed.window && <Reason>{fixed.window}</Reason>}
          <WindowFields {...given} disabled={Boolean(fixed.window)} />
        </Panel>
        <Panel title="Who may register">
          {fixed.rules && <Reason>{fixed.rules}</Reason>}
          <CriteriaFields {...given} disabled={Boolean(fixed.rules)} />
        </Panel>
        {!code && (
          <Panel title="Publishing">
            <Checkbox
              label="Compute who is eligible, and publish to them at once"
              hint="A job does it in the background. Otherwise the drive stays a draft until you publish it."
              checked={values.auto_calc}
              onChange={(event) => set({ auto_calc: event.target.checked })}
            />
          </Panel>
        )}
      </div>
      <div className="lg:sticky lg:top-16">
        <EligibleCount asked={asked} values={values} code={code} />
      </div>
      <footer className="sticky bottom-0 z-20 -mx-1 space-y-3 border-t border-line bg-canvas px-1 py-3 lg:col-span-2">
        {notice}
        {error && !notice ? <ErrorPanel error={error} /> : null}
        {tried && Object.keys(found).length > 0 && (
          <p role="alert" className="text-bad">
            Some fields need a correction first; they are marked.
          </p>
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" kind="primary" busy={rest.busy} disabled={rest.unchanged}>
            {rest.submit}
          </Button>
          <ButtonLink to={rest.back}>Back</ButtonLink>
          <CopyCli command={rest.command} />
          <span className="ml-auto text-sm text-muted tabular-nums lg:hidden">{shortCount(asked)}</span>
        </div>
      </footer>
    </form>
  );
}

const Reason = ({ children }: { children: ReactNode }) => (
  <p className="mb-3 rounded-md bg-sunken px-3 py-2">{children}</p>
);

/** Before the first try, only what was typed wrongly is marked, not what is still empty. */
function unfinished(errors: Errors): Errors {
  return { ...errors, company: undefined, title: undefined, gender_purpose: undefined };
}

/** The server's answer about one field, at that field. */
function toldBy(error: unknown): Errors {
  if (!error) return {};
  const { pointer, message } = asProblem(error);
  const name = pointer?.split("/").at(-1);
  return name ? { [name]: message } : {};
}
