import styles from "./preview.module.css";

const TASKS = [
  { title: "Buy milk", done: true },
  { title: "Call mum", done: false },
  { title: "Book the dentist", done: false },
] as const;

/** What the app is, at a glance: a sentence goes in, the list keeps itself. Decoration; screen readers skip it. */
export function Preview() {
  return (
    <div className={styles.preview} aria-hidden="true">
      <p className={styles.asked}>Add call mum and book the dentist. I have the milk.</p>
      <p className={styles.answered}>Two tasks added, one done. Anything else?</p>
      <ul className={styles.list}>
        {TASKS.map(({ title, done }) => (
          <li key={title} className={styles.task} data-done={done}>
            <svg className={styles.tick} width="22" height="22" viewBox="0 0 22 22" fill="none" strokeWidth="2">
              <circle cx="11" cy="11" r="9" />
              {done ? <path d="m7 11.3 2.8 2.8L15 8.6" strokeLinecap="round" strokeLinejoin="round" /> : null}
            </svg>
            <span>{title}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
