import { backendPath } from "@/server/backend-path";
import { problemResponse } from "@/server/problems";
import { forward, requestId } from "@/server/proxy";
import { currentUser } from "@/server/users";

export const dynamic = "force-dynamic";

/** The browser's only way to the backend: same origin, the user added here. */
async function handle(request: Request, context: RouteContext<"/api/backend/[...path]">): Promise<Response> {
  const id = requestId(request);
  const user = await currentUser(request);
  if (user === null) return problemResponse("sign_in_required", id);
  const path = backendPath(user.id, (await context.params).path);
  return path === null ? problemResponse("bad_path", id) : forward(request, path, id);
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
