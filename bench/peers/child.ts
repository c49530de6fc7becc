import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Contender } from "./contenders.ts";

/** Name and version of a contender. */
export interface Info {
  readonly library: string;
  readonly backend: string;
  readonly threads: string;
}

/** The answer to a setup: the contender, and its first losses or outputs. */
export interface Setup {
  readonly info: Info;
  readonly check: readonly number[];
}

/** The result of one round. */
export interface Round {
  readonly steps: number;
  /** The mean time of a step, because garbage collection is part of the work. */
  readonly seconds: number;
  /** Processor time over wall time: more than 1 means threads. */
  readonly cpu: number;
}

/** The longest time for an answer, in milliseconds. */
const patience = 180_000;

/** A contender's process. It answers orders, and waits between them without using the processor. */
export class Child {
  readonly #process: ChildProcess;
  #waiting: { readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void } | undefined;
  #errors = "";

  constructor({ command: [program, ...args], environment }: Contender) {
    this.#process = spawn(program, args, { env: { ...process.env, ...environment }, stdio: "pipe" });
    this.#process.stderr?.on("data", (text: Buffer) => {
      this.#errors = (this.#errors + text.toString()).slice(-2000);
    });
    this.#process.stdin?.on("error", (error) => this.#fail(error.message));
    this.#process.on("error", (error) => this.#fail(error.message));
    this.#process.on("exit", (code) => this.#fail(`ended with code ${code}: ${this.#errors.trim()}`));
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      if (line.startsWith("@@")) this.#waiting?.resolve(JSON.parse(line.slice(2)));
    });
  }

  setup(path: string, checkSteps: number): Promise<Setup> {
    return this.#order({ do: "setup", path, checkSteps }) as Promise<Setup>;
  }

  round(milliseconds: number): Promise<Round> {
    return this.#order({ do: "round", milliseconds }) as Promise<Round>;
  }

  end(): void {
    this.#process.removeAllListeners("exit");
    this.#process.kill();
  }

  async #order(order: object): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const answer = await new Promise<unknown>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      timer = setTimeout(() => this.#fail(`no answer in ${patience / 1000} s`), patience);
      this.#process.stdin?.write(`${JSON.stringify(order)}\n`);
    }).finally(() => clearTimeout(timer));
    const { error } = answer as { readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return answer;
  }

  #fail(reason: string): void {
    this.#waiting?.reject(new Error(reason));
  }
}
