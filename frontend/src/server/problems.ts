import { log } from "./log";

const PROBLEMS = {
  backend_not_configured: {
    status: 503,
    message: "This page does not know where its server is. Whoever runs it has to set BACKEND_URL.",
  },
  backend_unreachable: {
    status: 502,
    message: "The task server is not reachable right now. Try again in a moment.",
  },
  backend_timeout: {
    status: 504,
    message: "The task server took too long to answer. Reload before you repeat a change.",
  },
  bad_path: { status: 400, message: "That is not an address of the task server." },
  foreign_origin: {
    status: 403,
    message:
      "This page was opened at an address the app does not know. Whoever runs it has to add that address to TRUSTED_ORIGINS.",
  },
  internal_error: { status: 500, message: "Something broke here. That is our fault, not yours. Try again." },
  not_found: { status: 404, message: "There is nothing at this address." },
  programs_only: { status: 403, message: "Tokens are for programs. A browser gets none." },
  session_unavailable: {
    status: 503,
    message: "Your session can’t be checked right now, because the database can’t be reached. Try again in a moment.",
  },
  sign_in_required: { status: 401, message: "Please sign in first." },
  sign_in_unavailable: {
    status: 503,
    message: "Signing in does not work right now, because the accounts can’t be reached. Try again in a moment.",
  },
  token_refused: {
    status: 502,
    message:
      "The task server does not take this page's sign-in. Whoever runs it has to look at BETTER_AUTH_URL and AUTH_JWT_ALGORITHM on both sides.",
  },
  too_large: { status: 413, message: "That is more than the app takes at once." },
} as const;

export type Problem = keyof typeof PROBLEMS;

/**
 * JSON answer `{error, message, requestId}`: a word for programs, a sentence for people, an id for the logs. The
 * caller has logged it; `refuse` does both.
 */
export function problemResponse(problem: Problem, requestId: string): Response {
  const { status, message } = PROBLEMS[problem];
  const headers = {
    "cache-control": "no-store",
    "x-request-id": requestId,
    // The rest of the body is not read, so the connection can't carry another request.
    ...(status === 413 && { connection: "close" }),
  };
  return Response.json({ error: problem, message, requestId }, { status, headers });
}

/** Longest path or origin in a log line, in characters: both are the caller's to choose. */
const SHOWN = 200;

/** Refuses a request, and says so in the log under the id that the answer shows. */
export function refuse(problem: Problem, request: Request, requestId: string): Response {
  log(problem === "sign_in_required" ? "info" : "warning", "request refused", {
    problem,
    status: PROBLEMS[problem].status,
    method: request.method,
    path: new URL(request.url).pathname.slice(0, SHOWN),
    ...(problem === "foreign_origin" && foreignFields(request)),
    request_id: requestId,
  });
  return problemResponse(problem, requestId);
}

function foreignFields(request: Request): Record<string, unknown> {
  const hint = "Where people open the app at this origin, add it to TRUSTED_ORIGINS.";
  return { origin: request.headers.get("origin")?.slice(0, SHOWN) ?? null, hint };
}
