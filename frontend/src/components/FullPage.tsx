import type { ReactNode } from "react";

/** A page that has one thing to say. */
export function FullPage({ children }: { children: ReactNode }) {
  return <main className="full-page">{children}</main>;
}
