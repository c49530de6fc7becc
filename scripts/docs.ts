import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  Application,
  Comment,
  CommentTag,
  Converter,
  type DeclarationReflection,
  LogLevel,
  type ProjectReflection,
  ReflectionKind,
} from "typedoc";
import { entryPoints } from "./entryPoints.ts";

/**
 * Writes the API reference to dist/docs: `npm run docs`. It fails for an export without a description, for a type that public
 * signatures name but do not export, and for a broken link.
 */

const root = fileURLToPath(new URL("..", import.meta.url));

/** The subject of a declaration is its folder, so that declarations do not need tags. */
const subjects: Readonly<Record<string, string>> = {
  autograd: "Gradients",
  data: "Data",
  graph: "Graphs of other programs",
  io: "Files",
  keras: "Models of Keras",
  layers: "Layers",
  ops: "Operations",
  optim: "Optimizers",
  platform: "Files",
  report: "Reports",
  table: "Tables",
  images: "Images",
  tensor: "Tensors",
  threads: "Backends and threads",
  train: "Training",
};
const otherSubjects: Readonly<Record<string, string>> = {
  "tensor/interpret/backend.ts": "Backends and threads",
  "base/errors.ts": "Errors",
  "base/plainOptions.ts": "Files",
  "base/variant.ts": "Optimizers",
};

const inOrder: readonly string[] = [
  "Tensors",
  "Operations",
  "Gradients",
  "Layers",
  "Optimizers",
  "Training",
  "Data",
  "Tables",
  "Images",
  "Graphs of other programs",
  "Models of Keras",
  "Files",
  "Reports",
  "Backends and threads",
  "Errors",
];

/** The guides, in the order of docs/README.md. */
const guides = (): string[] => {
  const index = readFileSync(join(root, "docs/README.md"), "utf8");
  const listed = Array.from(index.matchAll(/\]\(([\w/-]+\.md)\)/g), ([, file]) => `docs/${file}`);
  return ["docs/README.md", ...listed, "CONTRIBUTING.md"];
};

const subjectOf = (project: ProjectReflection, declaration: DeclarationReflection): string => {
  const path = relative(join(root, "src"), project.getSymbolIdFromReflection(declaration)?.fileName ?? "");
  const subject = otherSubjects[path] ?? subjects[dirname(path).split("/")[0]];
  if (subject === undefined) throw new Error(`${declaration.name} is in ${path}, a folder without a subject`);
  return subject;
};

/** Puts every export under its subject, and names entry points by their specifiers and guides by their headings. */
const arrange = (project: ProjectReflection): void => {
  for (const guide of project.documents ?? []) {
    const [, title = guide.name] = /^# (.*)$/m.exec(readFileSync(join(root, `${guide.name}.md`), "utf8")) ?? [];
    guide.name = `Guides/${title.replaceAll("/", " ")}`;
  }
  const modules = project.getReflectionsByKind(ReflectionKind.Module) as DeclarationReflection[];
  const names = new Map(Array.from(entryPoints(), ([name, source]) => [source, name]));
  for (const module of modules) {
    const source = project.getSymbolIdFromReflection(module)?.fileName;
    module.name = names.get(source ?? "") ?? module.name;
  }
  for (const declaration of [project, ...modules].flatMap(({ children = [] }) => children)) {
    if (declaration.kindOf(ReflectionKind.Module)) continue;
    const subject = subjectOf(project, declaration);
    for (const described of declaration.signatures ?? [declaration]) {
      described.comment ??= new Comment();
      described.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: subject }]));
    }
  }
};

/** The public API, and the problems of its documentation that typedoc reports. */
export interface Api {
  readonly project: ProjectReflection;
  readonly problems: readonly string[];
}

/** Reads the sources and the guides. With `out` it also writes the pages, which takes as long again. */
export const readApi = async (out?: string): Promise<Api> => {
  const app = await Application.bootstrap({
    name: "gradus",
    entryPoints: [...entryPoints().values()],
    tsconfig: join(root, "tsconfig.json"),
    ...(out === undefined ? {} : { out }),
    basePath: root,
    readme: join(root, "README.md"),
    projectDocuments: guides().map((file) => join(root, file)),
    // `npm run typecheck` does it.
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    categorizeByGroup: false,
    categoryOrder: [...inOrder],
    navigation: { includeCategories: true, includeGroups: false },
    sort: ["kind", "alphabetical"],
    kindSortOrder: ["Document", "Module", "Class", "Function", "Variable", "Interface", "TypeAlias"],
    highlightLanguages: ["typescript", "ts", "bash", "sh", "python", "html", "json"],
    validation: { notExported: true, invalidLink: true, invalidPath: true, notDocumented: true },
    // Their members are shown with the types that extend or use them.
    intentionallyNotExported: [
      "src/layers/base/tree.ts:LayerNode",
      "src/optim/schedules/schedulePlateau.ts:PlateauMetric",
    ],
  });
  const problems: string[] = [];
  const { logger } = app;
  const log = logger.log.bind(logger);
  logger.log = (message, level) => {
    if (level >= LogLevel.Warn) problems.push(message);
    else log(message, level);
  };
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => arrange(project));
  const project = await app.convert();
  if (!project) throw new Error(`typedoc did not return a project: ${problems.join("\n")}`);
  app.validate(project);
  if (out !== undefined) await app.generateOutputs(project);
  return { project, problems };
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { problems } = await readApi(join(root, "dist/docs"));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
  console.log("Open dist/docs/index.html.");
}
