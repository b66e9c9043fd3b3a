import { symmetricDecrypt } from "better-auth/crypto";
import type { JwtOptions } from "better-auth/plugins/jwt";

type KeyringAdapter = NonNullable<JwtOptions["adapter"]>;
type Context = Parameters<NonNullable<KeyringAdapter["getJwks"]>>[0];
export type SigningKey = NonNullable<Awaited<ReturnType<NonNullable<KeyringAdapter["getJwks"]>>>>[number];

/** Longer than a token lives, and than a rollout in which old pods still sign with the old secret. */
const HANDOVER_MS = 30 * 60_000;

/**
 * Keys for Better Auth's jwt plugin that survive a change of BETTER_AUTH_SECRET.
 *
 * Private keys are stored encrypted with the secret. Better Auth takes the newest key and fails for ever where
 * it can't decrypt it. Here only keys that can be decrypted sign; where there is none the plugin makes a new one.
 */
export const keyring: KeyringAdapter = {
  getJwks: async (context) => {
    const keys = await context.context.adapter.findMany<SigningKey>({ model: "jwks" });
    const readable = await readableKeys(keys, context);
    return isPublication(context) ? publishedKeys(keys, readable, Date.now()) : readable;
  },
};

/**
 * The keys whose tokens are accepted. One that this process can't read belongs to another secret: it stays
 * while pods with that secret may still sign, and goes once our own key has been there for HANDOVER_MS, since
 * a secret may have been changed because it leaked.
 */
export function publishedKeys(
  keys: readonly SigningKey[],
  readable: readonly SigningKey[],
  nowMs: number,
): SigningKey[] {
  const newest = Math.max(...readable.map((key) => key.createdAt.getTime()));
  const handedOver = (key: SigningKey) => key.createdAt.getTime() <= newest && nowMs - newest > HANDOVER_MS;
  return keys.filter((key) => readable.includes(key) || !handedOver(key));
}

/** `/jwks` shows keys, everything else signs with them. */
function isPublication(context: Context): boolean {
  return "path" in context && context.path === "/jwks";
}

async function readableKeys(keys: readonly SigningKey[], context: Context): Promise<SigningKey[]> {
  const tried = await Promise.all(keys.map(async (key) => ((await canRead(key, context)) ? [key] : [])));
  return tried.flat();
}

async function canRead(key: SigningKey, context: Context): Promise<boolean> {
  try {
    await symmetricDecrypt({ key: context.context.secretConfig, data: JSON.parse(key.privateKey) as string });
    return true;
  } catch {
    return false;
  }
}
