"use client";

import { useEffect } from "react";

/** Loads the page anew where the browser brings it back out of its memory: its user may have signed out since. */
export function FreshPage() {
  useEffect(() => {
    const reload = (event: PageTransitionEvent) => {
      if (event.persisted) window.location.reload();
    };
    window.addEventListener("pageshow", reload);
    return () => { window.removeEventListener("pageshow", reload); };
  }, []);
  return null;
}
