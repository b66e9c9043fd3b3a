import { memo } from "react";

import { type Block, type Span, parseMarkdown } from "./parse-markdown";
import styles from "./Markdown.module.css";

/** An answer's text with its lists, code and emphasis. HTML in it is text like any other. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className={styles.text}>
      {parseMarkdown(text).map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
});

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case "code":
      return (
        <pre className={styles.block}>
          <code>{block.text}</code>
        </pre>
      );
    case "list":
      return <ListView {...block} />;
    case "heading":
      return (
        <p className={styles.heading}>
          <Spans spans={block.spans} />
        </p>
      );
    case "paragraph":
      return (
        <p>
          <Spans spans={block.spans} />
        </p>
      );
  }
}

function ListView({ ordered, start, items }: Extract<Block, { kind: "list" }>) {
  const rows = items.map(({ level, spans }, index) => (
    <li key={index} data-level={level}>
      <Spans spans={spans} />
    </li>
  ));
  return ordered ? <ol start={start}>{rows}</ol> : <ul>{rows}</ul>;
}

function Spans({ spans }: { spans: Span[] }) {
  return spans.map(({ kind, text }, index) => {
    if (kind === "strong") return <strong key={index}>{text}</strong>;
    if (kind === "emphasis") return <em key={index}>{text}</em>;
    if (kind === "code") return <code key={index}>{text}</code>;
    return <span key={index}>{text}</span>;
  });
}
