"use client";

import "@fontsource-variable/inter/wght.css";
import "./globals.css";

import ErrorPage from "./error";

/** Shown where not even the layout could be made. */
export default function GlobalErrorPage({ reset }: { error: Error; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Todo</title>
        <ErrorPage reset={reset} />
      </body>
    </html>
  );
}
