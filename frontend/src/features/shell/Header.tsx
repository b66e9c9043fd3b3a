import { Mark } from "@/components/icons";

import styles from "./shell.module.css";

export function Header() {
  return (
    <header className={styles.header}>
      <Mark />
      <div>
        <h1 className={styles.title}>Todo</h1>
        <p className={styles.subtitle}>What there is to do, and what’s done.</p>
      </div>
    </header>
  );
}
