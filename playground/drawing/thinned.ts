/** The offsets of the eight neighbours of a pixel, clockwise from the one above. */
const neighbours = [
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
] as const;

/**
 * The lines, one pixel wide, in the middle of the ink (0.5 and more): 1 where they are, 0 elsewhere.
 * @see Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", 1984
 */
export const thinned = (picture: Float32Array, side: number): Float32Array => {
  const ink = picture.map((shade) => Number(shade >= 0.5));
  const at = (x: number, y: number): number => (x < 0 || y < 0 || x >= side || y >= side ? 0 : ink[y * side + x]);
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const isFirst of [true, false]) {
      const gone: number[] = [];
      for (let pixel = 0; pixel < ink.length; pixel++) {
        if (!ink[pixel]) continue;
        const [x, y] = [pixel % side, Math.floor(pixel / side)];
        const around = neighbours.map(([dx, dy]) => at(x + dx, y + dy));
        const inked = around.reduce((sum, cell) => sum + cell, 0);
        const begins = around.filter((cell, index) => !cell && around[(index + 1) % 8]).length;
        const [north, , east, , south, , west] = around;
        const isEdge = isFirst
          ? !(north && east && south) && !(east && south && west)
          : !(north && east && west) && !(north && south && west);
        if (inked >= 2 && inked <= 6 && begins === 1 && isEdge) gone.push(pixel);
      }
      for (const pixel of gone) ink[pixel] = 0;
      hasChanged ||= gone.length > 0;
    }
  }
  return ink;
};
