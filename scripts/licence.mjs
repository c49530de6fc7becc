// Licences of libraries that the published package includes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of an installed package. */
export const packageFolder = (root, specifier) => {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  return join(root, "node_modules", name);
};

/** The licence of a package: as a file beside a bundle, and as a comment at its top. */
export const licenceOf = (root, specifier) => {
  const folder = packageFolder(root, specifier);
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`vendor: ${name} must have a licence file to be bundled.`);
  const licence = readFileSync(join(folder, file), "utf8").trim();
  return {
    text: `${name} ${version}\n\n${licence}\n`,
    comment: `/*! ${name} ${version}, bundled into gradus.\n\n${licence.replaceAll("*/", "* /")}\n*/`,
  };
};
