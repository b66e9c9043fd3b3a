import { generate } from "selfsigned";

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of the tests. */
export async function makeAuthority(name: string): Promise<Certificate> {
  const extensions = [
    { name: "basicConstraints" as const, cA: true, critical: true },
    { name: "keyUsage" as const, keyCertSign: true, cRLSign: true, critical: true },
  ];
  const made = await generate([{ name: "commonName", value: name }], { keyType: "rsa", algorithm: "sha256", extensions });
  return { cert: made.cert, key: made.private };
}

/** A server's certificate for DNS names and IP addresses, signed by the authority. */
export async function makeCertificate(authority: Certificate, ...hosts: string[]): Promise<Certificate> {
  const isAddress = (host: string) => /^[\d.]+$/.test(host);
  const altNames = hosts.map((host) => isAddress(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host });
  const extensions = [
    { name: "basicConstraints" as const, cA: false },
    { name: "subjectAltName" as const, altNames },
  ];
  const made = await generate([{ name: "commonName", value: hosts[0] ?? "none" }], {
    keyType: "rsa",
    algorithm: "sha256",
    ca: authority,
    extensions,
  });
  return { cert: made.cert, key: made.private };
}
