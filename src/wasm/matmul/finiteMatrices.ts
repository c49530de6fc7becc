/** The addresses of blocks whose contents change only by an announced write: the variables'. */
export const lastingBlocks: Set<number> = /* @__PURE__ */ new Set();

/**
 * What is known of lasting blocks since the last write to any of them: how many bytes at an address are finite numbers, 0
 * where a product has read the block, but nothing was tested.
 */
export const finiteBytes: Map<number, number> = /* @__PURE__ */ new Map();

/** Must be called before or after each write to a lasting block, with no product in between. */
export const forgetFinite = (): void => {
  // Clearing an empty map allocates: small steps would make garbage.
  if (finiteBytes.size > 0) finiteBytes.clear();
};
