import Link from "next/link";
import { redirect } from "next/navigation";

import { Mark, WarningIcon } from "@/components/icons";
import { ThemeButton } from "@/features/shell/ThemeButton";
import { userOrFault } from "@/server/session";

import { AccountForm } from "./AccountForm";
import { FreshPage } from "./FreshPage";
import { Preview } from "./Preview";
import styles from "./account.module.css";

interface Props {
  newAccount: boolean;
}

/** /sign-in and /sign-up. Who is signed in already goes on to the tasks. */
export async function AccountPage({ newAccount }: Props) {
  const user = await userOrFault();
  if (user !== null && user !== "away") redirect("/");
  return (
    <div className={styles.page}>
      <FreshPage />
      <div className={styles.theme}>
        <ThemeButton />
      </div>
      <Preview />
      <main className={styles.main}>
        <Head newAccount={newAccount} />
        <div className={styles.card}>
          {user === "away" ? <Away /> : null}
          <AccountForm newAccount={newAccount} />
        </div>
        <Other newAccount={newAccount} />
      </main>
    </div>
  );
}

function Head({ newAccount }: Props) {
  return (
    <header className={styles.head}>
      <Mark size={52} />
      <h1 className={styles.title}>{newAccount ? "Create your account" : "Welcome back"}</h1>
      <p className={styles.subtitle}>
        {newAccount ? "A calm list, and someone to talk to about it." : "Sign in to your tasks and conversations."}
      </p>
    </header>
  );
}

/** For somebody who has a session that can't be looked up right now. */
function Away() {
  return (
    <p className={styles.away} role="alert">
      <WarningIcon />
      <span>
        Signing in does not work right now, because the accounts can’t be reached.{" "}
        <Link href="/" prefetch={false}>
          Try again
        </Link>
      </span>
    </p>
  );
}

function Other({ newAccount }: Props) {
  return (
    <p className={styles.other}>
      {newAccount ? "Have an account? " : "New here? "}
      <Link href={newAccount ? "/sign-in" : "/sign-up"}>{newAccount ? "Sign in" : "Create an account"}</Link>
    </p>
  );
}
