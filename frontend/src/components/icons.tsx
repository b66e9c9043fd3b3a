import type { ReactNode } from "react";

function Icon({ size = 20, children }: { size?: number; children: ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {children}
    </svg>
  );
}

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);

export const BinIcon = () => (
  <Icon size={18}>
    <path d="M4 7h16M10 4h4M6.5 7l.8 12a1 1 0 0 0 1 1h7.4a1 1 0 0 0 1-1l.8-12M10 11v5M14 11v5" />
  </Icon>
);

export const NoteIcon = () => (
  <Icon size={18}>
    <path d="M5 6h14M5 11h14M5 16h8" />
  </Icon>
);

export const WarningIcon = () => (
  <Icon size={18}>
    <path d="M12 8v5M12 16.5v.01M10.3 4.2 2.9 17a2 2 0 0 0 1.7 3h14.8a2 2 0 0 0 1.7-3L13.7 4.2a2 2 0 0 0-3.4 0Z" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" strokeWidth="2.2" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor" />
  </Icon>
);

export const ListIcon = () => (
  <Icon>
    <path d="M4 7h16M4 12h16M4 17h10" />
  </Icon>
);

export const NewIcon = () => (
  <Icon>
    <path d="M12 5H7a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5M18.2 4.3a1.6 1.6 0 0 1 2.3 2.3L13 14l-3 .7.7-3Z" />
  </Icon>
);

export const PencilIcon = () => (
  <Icon size={18}>
    <path d="m5 19 .9-3.9L16.6 4.4a1.7 1.7 0 0 1 2.4 0l.6.6a1.7 1.7 0 0 1 0 2.4L8.9 18.1Z" />
  </Icon>
);

export const BackIcon = () => (
  <Icon>
    <path d="M19 12H5M11 6l-6 6 6 6" />
  </Icon>
);

export const SunIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1" />
  </Icon>
);

export const MoonIcon = () => (
  <Icon>
    <path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7Z" />
  </Icon>
);

/** Half sun, half moon: as the system has it. */
export const SystemThemeIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 4a8 8 0 0 1 0 16Z" fill="currentColor" />
  </Icon>
);

/** Logo: a page with one line ticked off. */
export function Mark({ size = 44 }: { size?: number }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 44 44" fill="none">
      <rect width="44" height="44" rx="13" fill="var(--accent)" />
      <path
        d="m11 22.5 7.5 7.5L33 15"
        stroke="var(--on-accent)"
        strokeWidth="4.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

/** For the empty list: three lines on a page, a sun behind it. */
export function EmptyPicture() {
  return (
    <svg aria-hidden="true" width="132" height="104" viewBox="0 0 132 104" fill="none">
      <circle cx="92" cy="38" r="30" fill="var(--accent-soft)" />
      <rect x="30" y="18" width="62" height="76" rx="10" fill="var(--raised)" stroke="var(--line)" strokeWidth="2" />
      <g stroke="var(--line)" strokeWidth="4" strokeLinecap="round">
        <path d="M56 40h24M56 56h18M56 72h22" />
      </g>
      <path
        d="m40 40 3 3 6-7"
        stroke="var(--accent)"
        strokeWidth="3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <g stroke="var(--line)" strokeWidth="2.5">
        <circle cx="44" cy="56" r="4" />
        <circle cx="44" cy="72" r="4" />
      </g>
    </svg>
  );
}

/** For a server that is away: a plug out of its socket. */
export function UnpluggedPicture() {
  return (
    <svg aria-hidden="true" width="132" height="84" viewBox="0 0 132 84" fill="none">
      <circle cx="66" cy="42" r="36" fill="var(--danger-soft)" />
      <g stroke="var(--danger)" strokeWidth="3.5" strokeLinecap="round" strokeLinejoin="round">
        <path d="M4 42h30" opacity=".5" />
        <path d="M34 30h8a12 12 0 0 1 0 24h-8z" fill="var(--surface)" />
        <path d="M54 36h8M54 48h8" />
        <path d="M128 42H98" opacity=".5" />
        <path d="M98 28h-8a14 14 0 0 0 0 28h8z" fill="var(--surface)" />
      </g>
    </svg>
  );
}
