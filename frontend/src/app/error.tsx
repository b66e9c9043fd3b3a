"use client";

import { FullPage } from "@/components/FullPage";
import { UnpluggedPicture } from "@/components/icons";
import { Notice } from "@/components/Notice";

/** Shown where a part of the page itself breaks. */
export default function ErrorPage({ reset }: { reset: () => void }) {
  return (
    <FullPage>
      <Notice
        alert
        main
        title="This page broke"
        text="That is our fault, not yours. Your tasks are safe on the server."
        picture={<UnpluggedPicture />}
      >
        <button className="button" type="button" onClick={reset}>
          Try again
        </button>
      </Notice>
    </FullPage>
  );
}
