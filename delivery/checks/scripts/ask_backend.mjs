// Runs in a pod of the frontend: reaches the backend by the setting that the frontend itself goes by.
const base = (process.env.BACKEND_URL ?? "").replace(/\/+$/, "");
const began = Date.now();
const step = "frontend to the backend";
try {
  const answer = await fetch(`${base}/api/ready`, { signal: AbortSignal.timeout(8000) });
  const seen = `${base}/api/ready: HTTP ${answer.status} in ${Date.now() - began} ms`;
  console.log(JSON.stringify([{ step, ok: answer.ok, seen }]));
} catch (error) {
  const seen = `${base || "BACKEND_URL is not set"}: ${error.cause?.message ?? error.message}`;
  console.log(JSON.stringify([{ step, ok: false, seen }]));
}
