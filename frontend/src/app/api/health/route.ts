export const dynamic = "force-dynamic";

/** The process answers. No dependencies, so that a backend that is away restarts nothing here. */
export function GET(): Response {
  return Response.json({ status: "ok" }, { headers: { "cache-control": "no-store" } });
}
