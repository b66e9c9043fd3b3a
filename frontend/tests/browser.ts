import { GET, POST } from "@/app/api/auth/[...all]/route";

import { ORIGIN } from "./environment";

type Json = Record<string, unknown>;

/** One person's browser, as far as /api/auth is concerned: it keeps cookies and says where its page is from. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly origin: string | null = ORIGIN) {}

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  headers(more: Record<string, string> = {}): Headers {
    const headers = new Headers({ "x-forwarded-for": "203.0.113.7", ...more });
    if (this.cookie !== "") headers.set("cookie", this.cookie);
    if (this.origin !== null) headers.set("origin", this.origin);
    return headers;
  }

  async post(path: string, body: Json = {}, more: Record<string, string> = {}): Promise<Response> {
    const headers = this.headers({ "content-type": "application/json", ...more });
    const request = new Request(`${ORIGIN}/api/auth/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return this.keep(await POST(request));
  }

  async get(path: string, more: Record<string, string> = {}): Promise<Response> {
    return this.keep(await GET(new Request(`${ORIGIN}/api/auth/${path}`, { headers: this.headers(more) })));
  }

  signUp(email: string, password = "correct horse"): Promise<Response> {
    return this.post("sign-up/email", { name: "Ann", email, password });
  }

  signIn(email: string, password = "correct horse"): Promise<Response> {
    return this.post("sign-in/email", { email, password });
  }

  async token(): Promise<string> {
    return ((await (await this.get("token")).json()) as { token: string }).token;
  }

  private keep(answer: Response): Response {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (value === "" || /max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }
}
