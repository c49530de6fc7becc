/**
 * Lets `console.log` show the `toString()` of a class's objects in Node, Deno and Bun, instead of its fields.
 * A class cannot have a computed name when declarations are isolated, and in a static block some classes would call this
 * before their name is bound.
 */
export const inspectText = (prototype: object): void => {
  const value = function (this: object): string {
    return this.toString();
  };
  Object.defineProperty(prototype, Symbol.for("nodejs.util.inspect.custom"), { value });
};
