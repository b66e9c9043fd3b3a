import { useState } from "react";

import { PASSWORD } from "@/server/auth/password";

import { Field } from "./Field";
import styles from "./account.module.css";

interface Props {
  newAccount: boolean;
  refusal: string | undefined;
}

/** The password, which can be made readable while it is typed. */
export function PasswordField({ newAccount, refusal }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <Field
      name="password"
      label="Password"
      type={shown ? "text" : "password"}
      autoComplete={newAccount ? "new-password" : "current-password"}
      maxLength={PASSWORD.max}
      hint={newAccount ? `At least ${PASSWORD.min} characters. A few words are fine.` : undefined}
      refusal={refusal}
    >
      <button
        className={styles.reveal}
        type="button"
        aria-pressed={shown}
        aria-label="Show password"
        onClick={() => { setShown(!shown); }}
      >
        {shown ? "Hide" : "Show"}
      </button>
    </Field>
  );
}
