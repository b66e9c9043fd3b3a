import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";

import "@fontsource-variable/inter/wght.css"; // served from here, not from a font service
import "./globals.css";

import { FRAME, THEME_COOKIE, type Theme, themeOf } from "@/features/shell/theme";

export const metadata: Metadata = {
  title: "Todo",
  description: "A todo list you can talk to.",
  icons: { icon: { url: "/icon.svg", type: "image/svg+xml" } },
};

export async function generateViewport(): Promise<Viewport> {
  const theme = await chosenTheme();
  return {
    width: "device-width",
    initialScale: 1,
    interactiveWidget: "resizes-content", // so that the composer stays above a phone's keyboard
    colorScheme: "light dark",
    themeColor: [
      { media: "(prefers-color-scheme: light)", color: FRAME[theme === "dark" ? "dark" : "light"] },
      { media: "(prefers-color-scheme: dark)", color: FRAME[theme === "light" ? "light" : "dark"] },
    ],
  };
}

/** The theme is in the page from the start, so nothing flashes and no script has to look it up. */
export default async function RootLayout({ children }: Readonly<{ children: ReactNode }>) {
  return (
    <html lang="en" data-theme={await chosenTheme()}>
      <body>{children}</body>
    </html>
  );
}

async function chosenTheme(): Promise<Theme> {
  return themeOf((await cookies()).get(THEME_COOKIE)?.value);
}
