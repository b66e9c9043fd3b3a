import styles from "./Welcome.module.css";

const SUGGESTIONS = ["Add buy milk and call mum", "What is left?", "Mark buy milk as done", "Rename call mum to call dad"];

interface Props {
  name: string;
  onPick: (text: string) => void;
}

/** A conversation with nothing in it yet: what this is for, and some ways to begin. */
export function Welcome({ name, onPick }: Props) {
  return (
    <div className={styles.welcome}>
      <p className={styles.title}>What is on your mind{name ? `, ${name}` : ""}?</p>
      <p className={styles.text}>Say it in your own words. The list keeps itself.</p>
      <ul className={styles.suggestions} aria-label="Ways to begin">
        {SUGGESTIONS.map((text) => (
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
