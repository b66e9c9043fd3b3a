import { Workspace } from "@/features/shell/Workspace";
import { requireUser } from "@/server/session";
import { chatkitWidget, publicBackendUrl } from "@/server/settings";

/** The app itself; a stranger is sent to sign in. */
export default async function Home({ searchParams }: PageProps<"/">) {
  const { name, email } = await requireUser();
  const { c } = await searchParams;
  return (
    <Workspace
      account={{ name, email }}
      docsUrl={publicBackendUrl()}
      conversation={typeof c === "string" ? c : null}
      chatKitWidget={chatkitWidget()}
    />
  );
}
