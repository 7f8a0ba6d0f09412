/** The app's mark, as in the menu bar. */
export function Signpost() {
  return (
    <svg className="signpost" viewBox="0 0 16 16" width="40" height="40" aria-hidden="true">
      <path
        d="M2.2 2.15h8.6c.4 0 .7.2 1 .5l2.5 2.8c.3.3.3.8 0 1.1l-2.5 2.8c-.3.3-.6.5-1 .5H2.2c-.3 0-.55-.25-.55-.55V2.7c0-.3.25-.55.55-.55Z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.1"
      />
      <path d="M7 9.9V15" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}
