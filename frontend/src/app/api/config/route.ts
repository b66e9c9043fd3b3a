import { PASSWORD } from "@/server/auth/password";
import { requestId } from "@/server/request-id";
import { type User, currentUser, logSignInFault } from "@/server/session";
import { chatkitWidget, publicBackendUrl } from "@/server/settings";

export const dynamic = "force-dynamic";

/** What the page may know of its environment, at run time. */
export async function GET(request: Request): Promise<Response> {
  const body = {
    backendUrl: publicBackendUrl(),
    user: await userIfKnown(request),
    chatkitWidget: chatkitWidget(),
    passwordRules: PASSWORD,
  };
  return Response.json(body, { headers: { "cache-control": "no-store" } });
}

async function userIfKnown(request: Request): Promise<User | null> {
  try {
    return await currentUser(request.headers);
  } catch (error) {
    if (!logSignInFault(error, requestId(request))) throw error;
    return null;
  }
}
