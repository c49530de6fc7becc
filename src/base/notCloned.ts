/**
 * The value of a field that makes structuredClone and postMessage throw, with this text: no symbol can be cloned. Without it
 * they would copy the public fields of an object, and leave out what it holds.
 * @param what What the object is, with its article: `a tensor`.
 * @param instead What to pass in its place.
 */
export const notCloned = (what: string, instead: string): symbol =>
  Symbol(`${what.slice(what.indexOf(" ") + 1)}: pass ${instead}, ${what}`);
