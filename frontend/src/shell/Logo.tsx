export const Logo = () => (
  <span className="flex items-center gap-2 px-2 text-base font-semibold tracking-tight">
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden>
      <rect width="32" height="32" rx="7" className="fill-accent" />
      <path
        d="M10 25V8h7.2a5.6 5.6 0 0 1 0 11.2H14"
        className="fill-none stroke-on-accent [stroke-linecap:round] [stroke-linejoin:round] [stroke-width:3.2]"
      />
    </svg>
    placeOps
  </span>
);
