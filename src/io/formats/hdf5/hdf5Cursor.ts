import { type Damaged, damagedFile } from "../../../base/codec.ts";
import { DataError } from "../../../base/errors.ts";

/** The error about a damaged HDF5 file. */
export const damagedHdf5: Damaged = /* @__PURE__ */ damagedFile("HDF5 file");

/** The error about a part of HDF5 that this reader leaves out. */
export const unsupportedHdf5 = (where: string, rule: string, got: string): DataError =>
  new DataError(
    `${where}: ${rule}, got ${got}. Write the file again with h5py's defaults, or save the arrays with numpy.savez.`,
  );

/** Reads the fields of a part of a file one after the other. It never reads past the end of the part. */
export class Hdf5Cursor {
  at: number;
  readonly bytes: Uint8Array;
  readonly where: string;
  readonly #view: DataView;
  readonly #start: number;

  /** @param end Where the part ends, counted from the beginning of the bytes. */
  constructor(bytes: Uint8Array, where: string, at: number = 0, end: number = bytes.length) {
    if (!(at >= 0 && at <= end && end <= bytes.length)) {
      throw damagedHdf5(where, `a part must lie within the ${bytes.length} bytes`, `bytes ${at} to ${end}`);
    }
    this.bytes = bytes.subarray(0, end);
    this.where = where;
    this.at = at;
    this.#start = at;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, end);
  }

  /** The bytes that are left. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  /** Moves on, and returns the position before. */
  skip(length: number): number {
    const { at } = this;
    if (!(length <= this.left)) {
      throw damagedHdf5(
        this.where,
        `a field at byte ${at} must end within its part`,
        `${length} bytes of ${this.left}`,
      );
    }
    this.at += length;
    return at;
  }

  take(length: number): Uint8Array {
    const at = this.skip(length);
    return this.bytes.subarray(at, at + length);
  }

  byte(): number {
    return this.bytes[this.skip(1)];
  }

  short(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  int(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** A size or count of 64 bits. */
  long(): number {
    const at = this.skip(8);
    const high = this.#view.getUint32(at + 4, true);
    const value = high * 2 ** 32 + this.#view.getUint32(at, true);
    if (Number.isSafeInteger(value)) return value;
    throw damagedHdf5(this.where, `a length at byte ${at} must be below 2^53`, String(value));
  }

  /** An address in the file; undefined for the one that means none. */
  address(): number | undefined {
    const { at } = this;
    if (this.left >= 8 && this.bytes.subarray(at, at + 8).every((byte) => byte === 255)) {
      this.at += 8;
      return undefined;
    }
    return this.long();
  }

  /** An address that must be there. */
  place(what: string): number {
    const address = this.address();
    if (address !== undefined) return address;
    throw damagedHdf5(this.where, `${what} must have an address`, "none");
  }

  /** Checks the four letters with which a structure begins. */
  signature(name: string): void {
    const { at } = this;
    const got = String.fromCharCode(...this.take(4));
    if (got !== name) throw damagedHdf5(this.where, `"${name}" must be at byte ${at}`, JSON.stringify(got));
  }

  /** Checks a number of a version. */
  version(what: string, ...known: readonly number[]): number {
    const version = this.byte();
    if (known.includes(version)) return version;
    throw unsupportedHdf5(this.where, `the version of ${what} must be ${known.join(" or ")}`, String(version));
  }

  /** Moves to a multiple of 8 bytes from where this part began. */
  align(): void {
    this.skip((8 - ((this.at - this.#start) % 8)) % 8);
  }
}

/** UTF-8 text up to its first zero, or of the whole length. */
export const hdf5Text = (bytes: Uint8Array, where: string): string => {
  const end = bytes.indexOf(0);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  } catch {
    throw damagedHdf5(where, "text must be UTF-8", "other bytes");
  }
};
