import { encodeZip, listZip, readZipMember } from "../../src/io/formats/zip.ts";
import { kerasBytes } from "./kerasFiles.ts";

// biome-ignore lint/suspicious/noExplicitAny: a config of Keras, which tests change anywhere
export type AnyConfig = any;

/** The members of a `.keras` file. */
export const membersOf = async (name: string): Promise<Map<string, Uint8Array>> => {
  const bytes = kerasBytes(name);
  const members = new Map<string, Uint8Array>();
  for (const member of listZip(bytes, name)) members.set(member.name, await readZipMember(bytes, member, name));
  return members;
};

/** A `.keras` file with another config. */
export const withConfig = async (name: string, change: (config: AnyConfig) => unknown): Promise<Uint8Array> => {
  const members = await membersOf(name);
  const config: AnyConfig = JSON.parse(new TextDecoder().decode(members.get("config.json")));
  const changed = change(config) ?? config;
  return encodeZip(name, members.set("config.json", new TextEncoder().encode(JSON.stringify(changed))));
};
