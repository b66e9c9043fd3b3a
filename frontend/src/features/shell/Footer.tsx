"use client";

import useSWR from "swr";

import { loadConfig } from "./config";
import styles from "./shell.module.css";

/** Says whose list this is until there is sign-in, and where the API is, as far as the environment tells. */
export function Footer() {
  const { data } = useSWR("/api/config", loadConfig, { revalidateOnFocus: false });
  return (
    <footer className={styles.footer}>
      <p>
        <span className={styles.badge}>Demo</span> Everyone shares the user{" "}
        <strong>{data?.user?.id ?? "demo"}</strong> until sign-in arrives.
      </p>
      {data?.backendUrl ? (
        <p>
          <a href={`${data.backendUrl}/docs`}>API documentation</a>
        </p>
      ) : null}
    </footer>
  );
}
