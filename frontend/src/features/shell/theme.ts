/** Cookie that keeps the theme, so that the server can write it into the page: no flash, no inline script. */
export const THEME_COOKIE = "theme";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** The theme that a cookie names; anything else means "as the system has it". */
export function themeOf(cookie: string | undefined): Theme {
  return THEMES.find((theme) => theme === cookie) ?? "system";
}

/** Colour of the browser's own frame, the page's `--paper`. */
export const FRAME = { light: "#f6f2ea", dark: "#12141a" };
