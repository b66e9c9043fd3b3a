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

/** JSON answer `{error, message, requestId}`: a word for programs, a sentence for people, an id for the logs. */
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
