import * as i32 from "../assembler/instructions/i32.ts";
import { type Kernel, kernel } from "../assembler/kernel.ts";
import { addRow, copyRow } from "./gatherKernel.ts";

/**
 * Rows of a float32 table by int32 indices, which the caller has checked, where an index may be there several times.
 *
 * `sumRows(source, indices, out, rows, columns, firsts)`: out[i] = Σ source[j] over all j with indices[j] = indices[i], added
 * to 0 in ascending order, so with the bits of `scatterAddRows`. `firsts` are 4 bytes for each row of the table; their
 * content does not matter, and only those of the indices are written.
 * `replaceRows(table, source, indices, out, rows, columns, tableRows)`: out = table, but out[indices[i]] = source[i] for
 * ascending i. Where `out` is `table`, nothing else is read or written.
 */
export const rowsByIndex: Kernel<"sumRows" | "replaceRows"> = /* @__PURE__ */ kernel("rowsByIndex", (module) => {
  module.export("sumRows", 6, (f, source, indices, out, rows, columns, firsts) => {
    const [row, first, from, to] = f.locals("i32", 4);
    const rowBytes = f.local("i32", i32.shl(columns, 2));
    const place = i32.add(firsts, i32.shl(i32.load(i32.add(indices, i32.shl(row, 2))), 2));
    const addressOf = (index: typeof row) => i32.add(out, i32.mul(index, rowBytes));
    // Backwards, so that the first place of an index is the one that stays.
    f.set(row, rows);
    f.while(row, () => {
      f.increment(row, -1);
      f.storeI32(place, row);
    });
    f.set(from, source);
    f.for(row, 0, rows, 1, () => {
      f.set(first, i32.load(place));
      f.set(to, addressOf(first));
      f.if(
        i32.eq(first, row),
        () => addRow(f, from, to, columns, true),
        () => addRow(f, from, to, columns),
      );
      f.increment(from, rowBytes);
    });
    f.for(row, 0, rows, 1, () => {
      f.set(first, i32.load(place));
      f.if(i32.ltU(first, row), () => {
        f.set(from, addressOf(first));
        f.set(to, addressOf(row));
        copyRow(f, from, to, rowBytes);
      });
    });
  });
  module.export("replaceRows", 7, (f, table, source, indices, out, rows, columns, tableRows) => {
    const [row, to, all] = f.locals("i32", 3);
    const rowBytes = f.local("i32", i32.shl(columns, 2));
    f.if(
      i32.eq(table, out),
      () => {},
      () => {
        f.set(all, i32.mul(rowBytes, tableRows));
        copyRow(f, table, out, all);
      },
    );
    f.for(row, 0, rows, 1, () => {
      f.set(to, i32.add(out, i32.mul(i32.load(indices), rowBytes)));
      copyRow(f, source, to, rowBytes);
      f.increment(indices, 4);
      f.increment(source, rowBytes);
    });
  });
});
