import { GradusError } from "gradus";

/** A call, and what is wrong in it. */
export interface Call {
  /** The wrong value, and where it is: `NaN in place 1`. */
  readonly label: string;
  readonly run: () => unknown;
}

type Callable = (...args: unknown[]) => unknown;

/** Calls a function, or makes an object of a class. */
export const call = (value: Callable, args: readonly unknown[]): unknown =>
  /^class[ {]/.test(Function.prototype.toString.call(value)) ? Reflect.construct(value, args) : value(...args);

/** The messages of the engine, which an error of gradus must not repeat. */
const ofEngine = /undefined is not|is not a function$|is not iterable|Cannot read|Cannot convert/;

const faultIn = (error: unknown): string | undefined => {
  if (!(error instanceof GradusError)) return String(error);
  return ofEngine.test(error.message) || error.message.includes("[object ") ? error.message : undefined;
};

/** The error of a call that is wrong, if any; undefined for a right result or an error of gradus. */
const faultOf = async ({ run }: Call): Promise<string | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, 5000, "hang");
  });
  try {
    const result = run();
    return result instanceof Promise && (await Promise.race([result, limit])) === "hang" ? "hangs" : undefined;
  } catch (error) {
    return faultIn(error);
  } finally {
    clearTimeout(timer);
  }
};

/** What is wrong in the outcomes of calls: each fault with the values that lead to it. */
export const faultsOf = async (calls: readonly Call[]): Promise<readonly string[]> => {
  const labels = new Map<string, string[]>();
  for (const each of calls) {
    const fault = await faultOf(each);
    if (fault !== undefined) labels.set(fault, [...(labels.get(fault) ?? []), each.label]);
  }
  return Array.from(labels, ([fault, all]) => `${fault} <- ${all.join(", ")}`);
};
