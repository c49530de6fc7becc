import { damagedHdf5, Hdf5Cursor, hdf5Text, unsupportedHdf5 } from "./hdf5Cursor.ts";
import { type HeaderMessage, messageOf, messages } from "./objectHeader.ts";

/** The addresses of the objects in a group, by their names; undefined for an object that is not a group. */
export const readLinks = (
  bytes: Uint8Array,
  where: string,
  header: readonly HeaderMessage[],
): ReadonlyMap<string, number> | undefined => {
  const table = messageOf(bytes, where, header, messages.symbolTable);
  if (table) return oldLinks(bytes, where, table.place("a group's tree"), table.place("a group's names"));
  const info = messageOf(bytes, where, header, messages.linkInfo);
  if (!info) return undefined;
  info.version("a group", 0);
  if ((info.byte() & 1) !== 0) info.skip(8);
  if (info.address() !== undefined) {
    throw unsupportedHdf5(where, "a group must list its objects in its header or a tree", "a heap of links");
  }
  const links = new Map<string, number>();
  for (const { type, start, end } of header) {
    if (type === messages.link) addLink(links, new Hdf5Cursor(bytes, where, start, end));
  }
  return links;
};

const add = (links: Map<string, number>, where: string, name: string, address: number): void => {
  if (name === "" || name === "." || name.includes("/")) {
    throw damagedHdf5(where, 'a name must be text without "/"', JSON.stringify(name.slice(0, 80)));
  }
  if (links.has(name)) throw damagedHdf5(where, "names must differ", `"${name.slice(0, 80)}" twice`);
  links.set(name, address);
};

const onlyHardLinks = (where: string): Error =>
  unsupportedHdf5(where, "a link must lead to an object of the file", "a soft or an external link");

/** Reads a link message. */
const addLink = (links: Map<string, number>, cursor: Hdf5Cursor): void => {
  cursor.version("a link", 1);
  const flags = cursor.byte();
  if ((flags & 8) !== 0 && cursor.byte() !== 0) throw onlyHardLinks(cursor.where);
  if ((flags & 4) !== 0) cursor.skip(8);
  if ((flags & 16) !== 0) cursor.skip(1);
  const width = 1 << (flags & 3);
  const length =
    width === 8 ? cursor.long() : width === 4 ? cursor.int() : width === 2 ? cursor.short() : cursor.byte();
  const name = hdf5Text(cursor.take(length), cursor.where);
  add(links, cursor.where, name, cursor.place(`"${name.slice(0, 80)}"`));
};

/** The links of a group of the first kind: a B-tree of tables of symbols, whose names are in a heap. */
const oldLinks = (bytes: Uint8Array, where: string, tree: number, heap: number): ReadonlyMap<string, number> => {
  const cursor = new Hdf5Cursor(bytes, where, heap);
  cursor.signature("HEAP");
  cursor.version("a heap", 0);
  cursor.skip(3);
  const size = cursor.long();
  cursor.skip(8);
  const data = cursor.place("a heap");
  const links = new Map<string, number>();
  for (const node of treeLeaves(bytes, where, tree, 0, 8)) {
    const table = new Hdf5Cursor(bytes, where, node.child);
    table.signature("SNOD");
    table.version("a table of symbols", 1);
    table.skip(1);
    const count = table.short();
    for (let index = 0; index < count; index++) {
      const offset = table.long();
      const address = table.place("an object");
      if (table.int() === 2) throw onlyHardLinks(where);
      table.skip(20);
      const from = new Hdf5Cursor(bytes, where, data + offset, data + size);
      add(links, where, hdf5Text(from.take(from.left), where), address);
    }
  }
  return links;
};

/** An entry of a leaf of a B-tree: what it leads to, and where its key is. */
interface TreeLeaf {
  readonly key: number;
  readonly child: number;
}

/** The entries of the leaves of a B-tree of version 1. Each node may occur once. */
export const treeLeaves = (
  bytes: Uint8Array,
  where: string,
  root: number,
  type: number,
  keyBytes: number,
): readonly TreeLeaf[] => {
  const leaves: TreeLeaf[] = [];
  const seen = new Set<number>();
  const open: { readonly address: number; readonly level: number | undefined }[] = [
    { address: root, level: undefined },
  ];
  for (let node = open.pop(); node; node = open.pop()) {
    const { address } = node;
    if (seen.has(address)) throw damagedHdf5(where, "the nodes of a tree must differ", `byte ${address} twice`);
    seen.add(address);
    const cursor = new Hdf5Cursor(bytes, where, address);
    cursor.signature("TREE");
    const [got, level] = [cursor.byte(), cursor.byte()];
    if (got !== type || (node.level !== undefined && level !== node.level)) {
      throw damagedHdf5(
        where,
        `a node of a tree must be of type ${type} and level ${node.level ?? "any"}`,
        `${got}, ${level}`,
      );
    }
    const count = cursor.short();
    cursor.skip(16);
    for (let index = 0; index < count; index++) {
      const key = cursor.skip(keyBytes);
      const child = cursor.place("a part of a tree");
      if (level === 0) {
        if (seen.has(child)) throw damagedHdf5(where, "the parts of a tree must differ", `byte ${child} twice`);
        seen.add(child);
        leaves.push({ key, child });
      } else open.push({ address: child, level: level - 1 });
    }
  }
  return leaves;
};
