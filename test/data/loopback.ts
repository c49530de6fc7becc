import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers the requests for one mirror; `name` is the last part of the address. */
export type Answer = (name: string, response: ServerResponse, request: IncomingMessage) => void;

/** A server on this machine, whose first path segment chooses how it answers. */
export interface Loopback {
  /** The address of a mirror that answers in this way. */
  readonly mirror: (answer: Answer) => string;
  /** The paths that were asked for, such as "/0/train-labels-idx1-ubyte.gz". */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

export async function startLoopback(): Promise<Loopback> {
  const answers: Answer[] = [];
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const [, which, name] = (request.url ?? "").split("/");
    requests.push(request.url ?? "");
    answers[Number(which)](name, response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    mirror: (answer) => `http://127.0.0.1:${port}/${answers.push(answer) - 1}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** An address at which nothing listens: the port of a server that has been closed. */
export async function refusingMirror(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}/`;
}
