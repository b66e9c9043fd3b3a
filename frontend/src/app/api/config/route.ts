import { publicBackendUrl } from "@/server/settings";
import { currentUser } from "@/server/users";

export const dynamic = "force-dynamic";

/** What the page may know of its environment, at run time. */
export async function GET(request: Request): Promise<Response> {
  const body = { backendUrl: publicBackendUrl(), user: await currentUser(request) };
  return Response.json(body, { headers: { "cache-control": "no-store" } });
}
