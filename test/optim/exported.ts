import * as gradus from "../../src/index.ts";
import { Optimizer } from "../../src/optim/optimizer/optimizer.ts";
import type { Schedule } from "../../src/optim/schedules/schedule.ts";
import { exportsOf } from "../moduleExports.ts";

/** Every optimizer that the library exports, by its name. */
export const exportedOptimizers = new Map(
  Object.entries(gradus).filter(([, value]) => (value as { prototype?: unknown }).prototype instanceof Optimizer),
) as unknown as ReadonlyMap<string, new (options: object) => Optimizer>;

/** An optimizer by its name. It gets a momentum if it requires one. */
export const makeOptimizer = (name: string, learningRate: number | Schedule): Optimizer => {
  const Class = exportedOptimizers.get(name);
  if (Class === undefined) throw new Error(`${name} is not an optimizer that the library exports`);
  try {
    return new Class({ learningRate });
  } catch (error) {
    if (!String(error).includes(`${name}: momentum must`)) throw error;
    return new Class({ learningRate, momentum: 0.9 });
  }
};

const schedulesIn = async (folder: string): Promise<readonly string[]> =>
  (await exportsOf(new URL(`../../src/${folder}/`, import.meta.url)))
    .filter(([, name, value]) => name in gradus && typeof value === "function")
    .map(([, name]) => name);

/** The names of every schedule that the library exports. `reduceOnPlateau` is a callback too, and is in its folder. */
export const exportedSchedules: readonly string[] = [...(await schedulesIn("optim/schedules")), "reduceOnPlateau"];
