import type { InputDescription } from "../../../layers/functional/symbol.ts";
import { formatRows, type Shape } from "../../../tensor/shape.ts";
import { indented, pythonName } from "./pythonText.ts";
import { ForwardText } from "./torchValue.ts";

/** The class of a model, as it is written. */
export class ClassText {
  readonly forward: ForwardText;
  /** The parameters of `forward`. */
  readonly arguments: readonly string[];
  /** The batch norms that no longer train. */
  readonly frozenNorms: Set<string> = new Set();
  /** Whether a layer of it penalizes its outputs. */
  hasActivity = false;
  readonly #inputs: readonly InputDescription[];
  readonly #attributes = new Set<string>();
  readonly #modules = new Map<string, string>();
  readonly #setup: string[] = [];
  /** Statements that freeze parameters, after the modules that have them. */
  readonly #freezing: string[] = [];

  /** @param isChain Whether each value is used once, so that all can have one name. */
  constructor(inputs: readonly InputDescription[], isChain: boolean) {
    const locals = new Set<string>();
    this.#inputs = inputs;
    this.forward = new ForwardText(isChain ? undefined : (wanted) => pythonName(wanted, locals));
    this.arguments = inputs.map(({ name }) => (isChain ? "x" : pythonName(name, locals)));
  }

  /** A name for a layer. */
  attribute(wanted: string): string {
    return pythonName(wanted, this.#attributes);
  }

  /** Adds a module, unless it is there; false where it is there with another text. */
  addModule(attribute: string, text: string): boolean {
    const known = this.#modules.get(attribute);
    if (known !== undefined) return known === text;
    this.#modules.set(attribute, text);
    this.#setup.push(`self.${attribute} = ${text}`);
    return true;
  }

  /** Adds a statement of `__init__`, once. */
  addSetup(statement: string): void {
    if (!this.#setup.includes(statement)) this.#setup.push(statement);
  }

  /** Takes a parameter out of training. */
  freeze(attribute: string): void {
    this.#freezing.push(`self.${attribute}.requires_grad_(False)`);
  }

  /**
   * The text of the class.
   * @param output The shape of one row of what it returns.
   * @param activities Of the class of the whole network: the attributes of inner models that penalize outputs.
   * @param methods The lines of further methods.
   */
  text(
    name: string,
    returned: string,
    output: Shape,
    activities: readonly string[] | undefined,
    methods: readonly string[],
  ): string {
    const isRoot = activities !== undefined;
    const inner = activities ?? [];
    const usesActivity = this.hasActivity || inner.length > 0;
    // Inner models add to their sums, which each call of the whole network begins anew.
    const before = usesActivity && isRoot ? ["", ...inner].map((path) => `self.${path}activity = 0.0`) : [];
    const after = inner.map((path) => `self.activity = self.activity + self.${path}activity`);
    const setup = [...this.#setup, ...this.#freezing, ...(usesActivity ? ["self.activity = 0.0"] : [])];
    const body = [
      `"""${this.#inputs.map(({ shape }) => formatRows(shape)).join(", ")} -> ${formatRows(output)}."""`,
      "",
      "def __init__(self):",
      ...indented(["super().__init__()", ...setup], 1),
      "",
      `def forward(${["self", ...this.arguments].join(", ")}):`,
      ...indented([...before, ...this.forward.lines, ...after, `return ${returned}`], 1),
      ...this.#trainMethod(),
      ...methods,
    ];
    return [`class ${name}(nn.Module):`, ...indented(body, 1)].join("\n");
  }

  #trainMethod(): readonly string[] {
    if (this.frozenNorms.size === 0) return [];
    const statements = [
      '"""Frozen batch norms keep normalizing with their running statistics."""',
      "super().train(mode)",
      ...[...this.frozenNorms].map((attribute) => `self.${attribute}.eval()`),
      "return self",
    ];
    return ["", "def train(self, mode=True):", ...indented(statements, 1)];
  }
}
