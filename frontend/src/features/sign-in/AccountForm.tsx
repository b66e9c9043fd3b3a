"use client";

import { WarningIcon } from "@/components/icons";
import { EMAIL, NAME } from "@/server/auth/account-limits";

import { Field } from "./Field";
import { PasswordField } from "./PasswordField";
import styles from "./account.module.css";
import { signIn, signUp } from "./requests";
import { useAccountForm } from "./use-account-form";

interface Props {
  /** Make an account (name too) rather than sign in. */
  newAccount: boolean;
}

/** The form of /sign-in and /sign-up. */
export function AccountForm({ newAccount }: Props) {
  const { form, refusals, general, busy, submit } = useAccountForm(newAccount ? signUp : signIn, newAccount);
  const [idle, working] = newAccount ? ["Create account", "Creating account…"] : ["Sign in", "Signing in…"];
  return (
    // POST: should the page's script not be there yet, the password must not end up in the address.
    <form ref={form} className={styles.form} method="post" noValidate onSubmit={(event) => void submit(event)}>
      <div role="alert">
        {general === null ? null : (
          <p className={styles.general}>
            <WarningIcon />
            <span>{general}</span>
          </p>
        )}
      </div>
      {newAccount ? (
        <Field name="name" label="Name" type="text" autoComplete="name" maxLength={NAME.max} refusal={refusals.name} />
      ) : null}
      <Field
        name="email"
        label="Email"
        type="email"
        inputMode="email"
        autoComplete={newAccount ? "email" : "username"}
        maxLength={EMAIL.max}
        refusal={refusals.email}
      />
      <PasswordField newAccount={newAccount} refusal={refusals.password} />
      <button className={`button ${styles.submit}`} type="submit" aria-disabled={busy} data-busy={busy}>
        {busy ? <span className={styles.spinner} aria-hidden="true" /> : null}
        {busy ? working : idle}
      </button>
    </form>
  );
}
