import type { Metadata } from "next";

import { AccountPage } from "@/features/sign-in/AccountPage";

export const metadata: Metadata = { title: "Create an account · Todo" };

export default function SignUp() {
  return <AccountPage newAccount />;
}
