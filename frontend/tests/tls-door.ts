import { type Socket, connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";

import type { Certificate } from "./certificates";

const SSL_REQUEST = 80_877_103; // https://www.postgresql.org/docs/current/protocol-message-formats.html

export interface Door {
  readonly port: number;
  /** How many connections came in over TLS, and how many in the clear. */
  readonly seen: { tls: number; plain: number };
  stop(): Promise<void>;
}

/**
 * A door to a Postgres that speaks TLS with this certificate, or none at all: what lies behind is the real
 * server, so that a connection is only good when a query is answered.
 */
export async function openDoor(postgresUrl: string, certificate: Certificate | null): Promise<Door> {
  const { hostname, port } = new URL(postgresUrl);
  const seen = { tls: 0, plain: 0 };
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => open.delete(socket));
    socket.once("data", (first) => {
      const wantsTls = first.length === 8 && first.readUInt32BE(4) === SSL_REQUEST;
      if (!wantsTls) {
        seen.plain += 1;
        handOn(socket, first);
        return;
      }
      socket.write(certificate === null ? "N" : "S");
      if (certificate === null) return;
      const secure = new TLSSocket(socket, { isServer: true, ...certificate });
      secure.on("error", () => socket.destroy()).once("secure", () => (seen.tls += 1));
      handOn(secure);
    });
  });

  function handOn(from: Socket, first?: Buffer): void {
    const to = connect(Number(port), hostname);
    to.on("error", () => from.destroy()).on("close", () => from.destroy());
    if (first !== undefined) to.write(first);
    from.pipe(to).pipe(from);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => { resolve(); });
      for (const socket of open) socket.destroy();
    });
  return { port: (server.address() as AddressInfo).port, seen, stop };
}
