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
  sign_in_required: { status: 401, message: "Please sign in first." },
} as const;

export type Problem = keyof typeof PROBLEMS;

/** JSON answer `{error, message, requestId}`: a word for programs, a sentence for people, an id for the logs. */
export function problemResponse(problem: Problem, requestId: string): Response {
  const { status, message } = PROBLEMS[problem];
  const headers = { "cache-control": "no-store", "x-request-id": requestId };
  return Response.json({ error: problem, message, requestId }, { status, headers });
}
