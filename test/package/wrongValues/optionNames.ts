import { call } from "./faults.ts";

/** The options of a function as its error for a misspelt one lists them, and the place of the object that has them. */
export const optionNames = async (
  value: (...args: unknown[]) => unknown,
  baseline: () => unknown[],
): Promise<readonly (readonly [place: number, option: string])[]> => {
  const options: (readonly [number, string])[] = [];
  for (const [place, argument] of baseline().entries()) {
    try {
      await call(value, baseline().with(place, { ...(argument as object), optoin: 1 }));
    } catch (error) {
      const names = /The options are ([^.]*)\./.exec((error as Error).message)?.[1];
      for (const option of names?.split(", ") ?? []) options.push([place, option]);
    }
  }
  return options;
};
