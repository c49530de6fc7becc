import { lastingBlocks } from "../../wasm/matmul/finiteMatrices.ts";
import { heap } from "./heap.ts";

/** The smallest weight of a block, in the eyes of the garbage collector. */
const smallestWeight = 4096;

/**
 * A block of the linear memory that is given back when nothing refers to this object any more: the memory of a variable.
 * Such blocks are few and live long, so finalizers cost little. The collector does not see the linear memory, and by
 * its own measure dropped models are a few small objects that can wait; so a block carries an `ArrayBuffer` of its size
 * that is never touched, and so (mostly) never backed by memory: its weight makes the collector come in time. Without,
 * 30,000 small models that were built and dropped one by one took 40 MiB of linear memory under Node 20, and rising; with
 * it, 8.
 */
export class Block {
  readonly address: number;
  /** @internal */
  readonly weight: ArrayBuffer;

  /**
   * The first content is undefined, except for zeros behind the last element, where whole vectors are read.
   * @param isLasting Whether its content changes only by writes that `forgetFinite` announces.
   */
  constructor(bytes: number, isLasting: boolean = true) {
    this.address = heap().allocate(bytes);
    if (isLasting) lastingBlocks.add(this.address);
    this.weight = new ArrayBuffer(Math.max(bytes, smallestWeight));
    heap().u8.fill(0, this.address + bytes, this.address + Math.ceil(bytes / 16) * 16);
    blocks.register(this, this.address);
  }
}

const blocks: FinalizationRegistry<number> = /* @__PURE__ */ new FinalizationRegistry((address: number) => {
  lastingBlocks.delete(address);
  heap().free(address);
});
