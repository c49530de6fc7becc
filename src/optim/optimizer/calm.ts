/**
 * An update in place cannot be taken back, so what it computes must be known to be finite. Where the magnitudes of gradients,
 * variables and slots are below `calmLimit` and each rate and constant is 0 or from 2⁻⁶⁰ to 1, no formula overflows in
 * `calmSteps` steps: a quotient stays below 2⁴⁰·2⁶⁰, a sum at most doubles what it holds in a step, and floats reach to 2¹²⁸.
 * So states are read through once in so many steps. Any other update is computed beside the variables, and checked.
 */
export const calmLimit: number = 2 ** 40;
/** How many steps cannot overflow after states were read through. */
export const calmSteps: number = 16;

/** Whether rates or constants are of a size at which no formula overflows. */
export const isCalm = (numbers: Readonly<Record<string, number>>): boolean => {
  for (const name in numbers) {
    const number = numbers[name];
    if (number !== 0 && !(number >= 2 ** -60 && number <= 1)) return false;
  }
  return true;
};
