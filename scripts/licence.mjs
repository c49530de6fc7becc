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

/** Notices in the code of a library that its licence file leaves out. */
const notices = {
  "jpeg-js":
    "The decoder: Copyright 2011 notmasteryet. Licensed under the Apache License, Version 2.0\n" +
    '(http://www.apache.org/licenses/LICENSE-2.0), distributed on an "AS IS" BASIS, without warranties of any kind.',
};

const licenceFile = (folder, name) => {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined) throw new Error(`vendor: ${name} must have a licence file to be bundled.`);
  return readFileSync(join(folder, file), "utf8").trim();
};

/** The licence of a package and of those that are bundled with it: as a file beside a bundle, and as a comment at its top. */
export const licenceOf = (root, specifier) => {
  const folder = packageFolder(root, specifier);
  const { name, version, dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const parts = [licenceFile(folder, name), ...(notices[name] ? [notices[name]] : [])];
  for (const dependency of Object.keys(dependencies)) {
    const [title, ...rest] = licenceOf(root, dependency).text.trim().split("\n\n");
    parts.push(`With ${title}:`, ...rest);
  }
  const licence = parts.join("\n\n");
  return {
    text: `${name} ${version}\n\n${licence}\n`,
    comment: `/*! ${name} ${version}, bundled into gradus.\n\n${licence.replaceAll("*/", "* /")}\n*/`,
  };
};
