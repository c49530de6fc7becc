// Source maps by lines alone, which leaves the package room for its guides.

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of a segment of a source map, in base 64 VLQ: the lowest bit is the sign, the sixth says that it goes on. */
const decode = (segment) => {
  const numbers = [];
  let [value, shift] = [0, 0];
  for (const character of segment) {
    const digit = digits.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
};

const encode = (number) => {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = "";
  do {
    text += digits[(rest & 31) | (rest > 31 ? 32 : 0)];
    rest >>= 5;
  } while (rest > 0);
  return text;
};

/**
 * The mappings of a module that has one source, by lines alone: what a breakpoint and a stack trace need, in a fifth of
 * the bytes.
 * @see https://tc39.es/ecma426/
 */
export const linesOnly = (mappings) => {
  let [line, before] = [0, 0];
  return mappings
    .split(";")
    .map((segments) => {
      let first;
      for (const segment of segments.split(",")) {
        const [, , down] = decode(segment);
        if (down === undefined) continue;
        line += down;
        first ??= line;
      }
      if (first === undefined) return "";
      const segment = `AA${encode(first - before)}A`;
      before = first;
      return segment;
    })
    .join(";");
};
