import { signIn } from "@/server/auth/instance";
import { backendRoute } from "@/server/backend-path";
import { announcesTooMuch } from "@/server/body-limit";
import { isForeign } from "@/server/origin";
import { problemResponse, refuse } from "@/server/problems";
import { forward } from "@/server/proxy";
import { requestId } from "@/server/request-id";
import { currentSession, logSignInFault } from "@/server/session";
import { SettingError, backendTimeoutMs, chatTimeoutMs } from "@/server/settings";

export const dynamic = "force-dynamic";

/** The browser's only way to the backend: same origin, the user's token added here. */
async function handle(request: Request, context: RouteContext<"/api/backend/[...path]">): Promise<Response> {
  const id = requestId(request);
  try {
    return await passOn(request, (await context.params).path, id);
  } catch (error) {
    if (!logSignInFault(error, id)) throw error;
    // The database is asked for those only who have a session's cookie.
    return problemResponse(error instanceof SettingError ? "sign_in_unavailable" : "session_unavailable", id);
  }
}

async function passOn(request: Request, segments: string[], id: string): Promise<Response> {
  if (await isForeign(request)) return refuse("foreign_origin", request, id);
  const session = await currentSession(request.headers);
  if (session === null) return refuse("sign_in_required", request, id);
  const waits = { backendMs: backendTimeoutMs(), chatMs: chatTimeoutMs() };
  const route = backendRoute(session.user.id, segments, waits);
  if (route === null) return refuse("bad_path", request, id);
  if (announcesTooMuch(request)) return refuse("too_large", request, id);
  const { tokens } = signIn();
  const token = await tokens.of(session.id, session.user);
  const freshToken = () => tokens.insteadOf(token, session.id, session.user);
  return forward(request, { route, token, freshToken, requestId: id, cookies: session.cookies });
}

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST, handle as PUT };
