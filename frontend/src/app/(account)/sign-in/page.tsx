import type { Metadata } from "next";

import { AccountPage } from "@/features/sign-in/AccountPage";

export const metadata: Metadata = { title: "Sign in · Todo" };

export default function SignIn() {
  return <AccountPage newAccount={false} />;
}
