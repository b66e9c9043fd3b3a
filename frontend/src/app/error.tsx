"use client";

import { Notice } from "@/components/Notice";

/** Shown where a part of the page itself breaks. */
export default function ErrorPage({ reset }: { reset: () => void }) {
  return (
    <Notice title="This page broke" text="That is our fault, not yours. Your tasks are safe on the server.">
      <button className="button" type="button" onClick={reset}>
        Try again
      </button>
    </Notice>
  );
}
