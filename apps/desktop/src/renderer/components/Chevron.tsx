/** Leads on to another screen. */
export function Chevron() {
  return (
    <svg className="chevron" viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
      <path
        d="M5.5 2.5 11 8l-5.5 5.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
