/**
 * Lets `console.log` show the `toString()` of a class's objects in Node, Deno and Bun, instead of its fields.
 * A computed name cannot stand in the class when declarations are isolated, and where a static block of the class calls this,
 * the compiler's output of some classes does so before their name is bound.
 */
export const inspectText = (prototype: object): void => {
  const value = function (this: object): string {
    return this.toString();
  };
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), { value });
};
