import { SignJWT } from "jose";

import type { AuthSettings } from "../settings";
import { shortName } from "./account-fields";

export interface TokenUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

type Claims = Record<string, unknown>;
type SignWithKeyring = (claims: Claims) => Promise<{ token: string }>;

const LIFETIME_S = 15 * 60;
/** A cached token is handed out until so long before its end. */
const RESERVE_MS = 2 * 60_000;
const MOST = 1_000;

/**
 * Tokens for the backend, one per session, kept until shortly before they end. At most 1,000: the one that was
 * used longest ago goes first.
 */
export class Tokens {
  private readonly kept = new Map<string, { token: string; endsMs: number }>();

  constructor(
    private readonly settings: AuthSettings,
    private readonly signWithKeyring: SignWithKeyring,
  ) {}

  async of(sessionId: string, user: TokenUser): Promise<string> {
    const known = this.kept.get(sessionId);
    const fresh = known !== undefined && known.endsMs - RESERVE_MS > Date.now() ? known : await this.sign(user);
    this.kept.delete(sessionId); // the end of a Map is what was used last
    this.kept.set(sessionId, fresh);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MOST) break;
      this.kept.delete(oldest);
    }
    return fresh.token;
  }

  /** A token in place of one that the backend refused, which is handed out no more. */
  async insteadOf(refused: string, sessionId: string, user: TokenUser): Promise<string> {
    if (this.kept.get(sessionId)?.token === refused) this.kept.delete(sessionId);
    return this.of(sessionId, user);
  }

  private async sign(user: TokenUser): Promise<{ token: string; endsMs: number }> {
    const issuedS = Math.floor(Date.now() / 1000);
    const claims = { sub: user.id, email: user.email, name: shortName(user.name), iat: issuedS, exp: issuedS + LIFETIME_S };
    const shared = this.settings.algorithm === "HS256";
    const token = await (shared ? this.signWithSecret(claims) : this.fromKeyring(claims));
    return { token, endsMs: claims.exp * 1000 };
  }

  private async fromKeyring(claims: Claims): Promise<string> {
    return (await this.signWithKeyring(claims)).token;
  }

  private signWithSecret(claims: Claims): Promise<string> {
    const { origin, secret } = this.settings;
    const token = new SignJWT({ ...claims, iss: origin, aud: origin }).setProtectedHeader({ alg: "HS256", typ: "JWT" });
    return token.sign(new TextEncoder().encode(secret));
  }
}
