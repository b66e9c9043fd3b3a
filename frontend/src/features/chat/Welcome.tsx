import { useTasks } from "@/features/tasks/use-tasks";

import styles from "./Welcome.module.css";

const ALWAYS = ["Add buy milk and call mum", "What is left?", "What can you do?"];
/** Longest title that is put into a suggestion, in characters. */
const SHORT = 40;

interface Props {
  name: string;
  onPick: (text: string) => void;
}

/** A conversation with nothing in it yet: what this is for, and some ways to begin. */
export function Welcome({ name, onPick }: Props) {
  const { tasks = [] } = useTasks();
  const open = tasks.find(({ completed, title }) => !completed && title.length <= SHORT);
  const suggestions = open ? [...ALWAYS, `Mark ${open.title} as done`] : ALWAYS;
  return (
    <div className={styles.welcome}>
      <p className={styles.title}>What is on your mind{name ? `, ${name}` : ""}?</p>
      <p className={styles.text}>Say it in your own words. The list keeps itself.</p>
      <ul className={styles.suggestions} aria-label="Ways to begin">
        {suggestions.map((text) => (
          <li key={text}>
            <button type="button" className={styles.suggestion} onClick={() => { onPick(text); }}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
