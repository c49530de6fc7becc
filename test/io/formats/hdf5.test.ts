import { loadVariables } from "gradus";
import { expect, test } from "vitest";
import { kerasBytes, kerasFile } from "../../keras/kerasFiles.ts";

const messageOf = (bytes: Uint8Array): Promise<string> =>
  loadVariables(bytes).then(
    () => "nothing was thrown",
    (error: Error) => `${error.name}: ${error.message}`,
  );

test("arrays of an HDF5 file keep their types, or become those that hold their values", async () => {
  const variables = await loadVariables(kerasFile("types.h5"), { match: /bytes|bools|big|longs/ });
  expect(
    Object.fromEntries([...variables].map(([name, { dtype, shape, data }]) => [name, [dtype, [...shape], [...data]]])),
  ).toEqual({
    big: ["float64", [3], [0, 1, 2]],
    bools: ["bool", [2], [1, 0]],
    bytes: ["uint8", [4], [0, 1, 2, 3]],
    longs: ["int32", [2, 1], [1, -2]],
  });
});

test("arrays in shuffled and deflated chunks are put together, also where the last chunks are cut", async () => {
  const chunked = (await loadVariables(kerasFile("types.h5"), { match: /chunked/ })).get("chunked");
  expect(chunked?.shape).toEqual([7, 11]);
  expect([...chunked!.data]).toEqual(Array.from({ length: 77 }, (_, index) => index));
});

test("files of the newest version of the format are read", async () => {
  const variables = await loadVariables(kerasFile("latest.h5"));
  expect(variables.get("a/b/c")?.toArray()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
  expect(variables.get("compact")?.item()).toBe(5);
});

test("an HDF5 file with texts or other filters names the array and what to do", async () => {
  await expect(loadVariables(kerasFile("types.h5"), { match: /texts/ })).rejects.toThrow(
    '"texts": an array must hold numbers along at most 6 axes, got texts. Leave it out with match.',
  );
  await expect(loadVariables(kerasFile("types.h5"), { match: /checked/ })).rejects.toThrow(
    '"checked": chunks must be packed by deflate (1) and shuffle (2), each once, got the filter 3. Write the file again',
  );
});

test("an HDF5 file with more than maxBytes is refused before it is unpacked", async () => {
  await expect(loadVariables(kerasFile("types.h5"), { match: /chunked/, maxBytes: 2 ** 14 })).resolves.toBeDefined();
  const bytes = kerasBytes("types.h5");
  // The dataspace of the array of 7 × 11: as many axes, 2^40 long.
  const at = Buffer.from(bytes).indexOf(Buffer.from([7, 0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0]));
  bytes[at + 5] = 1;
  await expect(loadVariables(bytes, { match: /chunked/ })).rejects.toThrow(
    "the arrays must have at most 1073741824 bytes, got",
  );
});

test("an array that claims more bytes than the file has is refused before memory is allocated", async () => {
  const bytes = kerasBytes("latest.h5");
  const at = Buffer.from(bytes).indexOf(Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]));
  bytes[at + 3] = 1;
  expect(await messageOf(bytes)).toContain("the arrays must fit into 2076 bytes, got 201326620 bytes");
});

test("an HDF5 file that is cut, or whose groups form a circle, is refused", async () => {
  const bytes = kerasBytes("weights2.h5");
  expect(await messageOf(bytes.slice(0, 5000))).toContain("the file must have 8444 bytes, got 5000 (truncated)");
  const latest = kerasBytes("latest.h5");
  // The link to b in the group a, sent to the root.
  const name = Buffer.from(latest).lastIndexOf(Buffer.from([1, 0x62]));
  const root = latest.slice(36, 44);
  latest.set(root, name + 2);
  expect(await messageOf(latest)).toContain('an object must have one name, got a second one, "a/b"');
});
