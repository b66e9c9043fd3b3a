import type { ReactNode } from "react";

interface Props {
  title: string;
  text: string;
  picture?: ReactNode;
  alert?: boolean;
  /** It is all there is on its page. */
  main?: boolean;
  children?: ReactNode;
}

/** A picture, a heading, a sentence, and what one can do: for what is empty, missing or broken. */
export function Notice({ title, text, picture, alert = false, main = false, children }: Props) {
  const Heading = main ? "h1" : "h2";
  return (
    <div className="notice" role={alert ? "alert" : undefined}>
      {picture}
      <Heading>{title}</Heading>
      <p>{text}</p>
      {children}
    </div>
  );
}
