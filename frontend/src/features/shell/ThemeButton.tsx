"use client";

import { useSyncExternalStore } from "react";

import { MoonIcon, SunIcon, SystemThemeIcon } from "@/components/icons";

import styles from "./ThemeButton.module.css";
import { FRAME, THEMES, THEME_COOKIE, type Theme, themeOf } from "./theme";

const YEAR_S = 31_536_000;
const WORDS: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };
const subscribers = new Set<() => void>();

/** Goes from one theme to the next: as the system has it, light, dark. Kept for a year. */
export function ThemeButton() {
  const theme = useSyncExternalStore(subscribe, currentTheme, () => "system" as const);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const words = `Theme: ${WORDS[theme]}`;
  return (
    <button type="button" className={`icon-button ${styles.button}`} aria-label={words} title={words} onClick={() => { setTheme(next); }}>
      {/* The style sheet shows the one that goes with the page's theme; it is right before any script has run. */}
      <span data-for="system"><SystemThemeIcon /></span>
      <span data-for="light"><SunIcon /></span>
      <span data-for="dark"><MoonIcon /></span>
    </button>
  );
}

function currentTheme(): Theme {
  return themeOf(document.documentElement.dataset.theme);
}

function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  const secure = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${THEME_COOKIE}=${theme}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    meta.content = theme === "system" ? (meta.media.includes("dark") ? FRAME.dark : FRAME.light) : FRAME[theme];
  }
  for (const subscriber of subscribers) subscriber();
}

function subscribe(subscriber: () => void): () => void {
  subscribers.add(subscriber);
  return () => subscribers.delete(subscriber);
}
