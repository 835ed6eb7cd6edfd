import clsx from "clsx";
import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { Link } from "react-router";

type Kind = "primary" | "secondary" | "quiet" | "danger";
type Size = "small" | "normal";

const KINDS: Record<Kind, string> = {
  primary: "border-transparent bg-accent text-on-accent hover:bg-accent-strong",
  secondary: "border-line bg-surface text-ink hover:border-line-strong",
  quiet: "border-transparent text-muted hover:bg-sunken hover:text-ink",
  danger: "border-transparent bg-bad text-canvas hover:opacity-90",
};

function look(kind: Kind, size: Size, className?: string): string {
  return clsx(
    "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap",
    "transition-colors disabled:cursor-not-allowed disabled:opacity-55",
    size === "small" ? "h-7 px-2 text-xs" : "h-8.5 px-3 text-sm",
    KINDS[kind],
    className,
  );
}

interface Looks {
  kind?: Kind;
  size?: Size;
  icon?: LucideIcon;
  children?: ReactNode;
}

type ButtonProps = Looks & ComponentProps<"button"> & { busy?: boolean };

/** A button; `busy` shows a spinner and keeps it from being pressed twice. */
export function Button({
  kind = "secondary",
  size = "normal",
  icon,
  busy,
  children,
  className,
  ...rest
}: ButtonProps) {
  const Icon = busy ? LoaderCircle : icon;
  return (
    <button
      type="button"
      {...rest}
      disabled={busy || rest.disabled}
      aria-busy={busy || undefined}
      className={look(kind, size, className)}
    >
      {Icon && (
        <Icon aria-hidden size={size === "small" ? 13 : 15} className={clsx(busy && "animate-spin")} />
      )}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  kind = "secondary",
  size = "normal",
  icon: Icon,
  children,
  className,
  ...rest
}: Looks & ComponentProps<typeof Link>) {
  return (
    <Link {...rest} className={look(kind, size, className)}>
      {Icon && <Icon aria-hidden size={size === "small" ? 13 : 15} />}
      {children}
    </Link>
  );
}

type IconButtonProps = Omit<ComponentProps<"button">, "children"> & { label: string; icon: LucideIcon };

/** A button that shows a sign only; its label is read and shown on hover. */
export function IconButton({ label, icon: Icon, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={clsx(
        "inline-flex size-8.5 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink",
        "disabled:cursor-not-allowed disabled:opacity-55",
        className,
      )}
    >
      <Icon aria-hidden size={16} />
    </button>
  );
}
