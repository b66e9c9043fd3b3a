import { Footer } from "@/features/shell/Footer";
import { Header } from "@/features/shell/Header";
import { TaskPanel } from "@/features/tasks/TaskPanel";

import styles from "./page.module.css";

export default function Home() {
  return (
    <div className={styles.page}>
      <Header />
      <main className={styles.main}>
        <TaskPanel />
      </main>
      <Footer />
    </div>
  );
}
