import { parseArgs } from "node:util";
import { buildPlayground } from "./build.ts";
import { serveFolder } from "./serve.ts";

// npm run playground: builds the playground into dist/playground and serves it on this machine.

const help = `Usage: npm run playground -- [options]

  --port <number>  the port of the server; default 8321, 0 for any free port
  --build          only builds dist/playground, for a static host
  --help           this text`;

const fail = (message: string): never => {
  console.error(`playground: ${message}`);
  process.exit(1);
};

const read = (): { readonly port: number; readonly build: boolean; readonly help: boolean } => {
  const { values } = parseArgs({
    options: { port: { type: "string" }, build: { type: "boolean" }, help: { type: "boolean" } },
  });
  const port = Number(values.port ?? 8321);
  if (!Number.isInteger(port) || port < 0 || port > 65535 || values.port === "") {
    throw new Error(`--port must be a whole number from 0 to 65535, got ${values.port}.`);
  }
  return { port, build: values.build ?? false, help: values.help ?? false };
};

try {
  const options = read();
  if (options.help) console.log(help);
  else {
    const folder = await buildPlayground();
    if (options.build) console.log(`Built ${folder}`);
    else {
      const { address } = await serveFolder(folder, options.port);
      console.log(`The playground is at ${address} (Ctrl-C ends it)`);
    }
  }
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  fail(code === "EADDRINUSE" ? "the port is in use. Choose another one with --port." : message);
}
