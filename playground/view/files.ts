import { count } from "../format.ts";
import type { ChosenFile, DataFacts, Request } from "../messages.ts";
import { create, element, setText } from "./element.ts";

/** Opens files that the user chooses or drops, and offers files as downloads. */
export class Files {
  readonly #send: (request: Request, transfer?: Transferable[]) => void;
  readonly #drop: HTMLElement = element("drop", HTMLDivElement);

  constructor(send: (request: Request, transfer?: Transferable[]) => void, failed: (error: unknown) => void) {
    this.#send = send;
    const input = element("files", HTMLInputElement);
    input.addEventListener("change", () => {
      this.#open(input.files).catch(failed);
      // The same file may be chosen again.
      input.value = "";
    });
    element("save", HTMLButtonElement).addEventListener("click", () => send({ type: "save" }));
    element("digits", HTMLButtonElement).addEventListener("click", () => send({ type: "digits" }));
    addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.#drop.hidden = false;
    });
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) this.#drop.hidden = true;
    });
    addEventListener("drop", (event) => {
      this.#drop.hidden = true;
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      this.#open(event.dataTransfer.files).catch(failed);
    });
  }

  showData({ name, side, train, validation, test }: DataFacts): void {
    setText(
      element("data-text", HTMLParagraphElement),
      `${name}: pictures of ${side} × ${side} pixels. ${count(train)} to train, ${count(validation)} for validation, ${count(test)} for the test.`,
    );
    element("digits", HTMLButtonElement).hidden = name === "Built-in digits";
  }

  /** Offers a file as a download. */
  save(bytes: ArrayBuffer, name: string, media: string): void {
    const address = URL.createObjectURL(new Blob([bytes], { type: media }));
    const link = create("a");
    link.href = address;
    link.download = name;
    link.click();
    // The download needs the address for a moment.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  async #open(list: FileList | null): Promise<void> {
    const files = await Promise.all(
      [...(list ?? [])].map(
        async (file): Promise<ChosenFile> => ({ name: file.name, bytes: await file.arrayBuffer() }),
      ),
    );
    if (files.length === 0) return;
    this.#send(
      { type: "files", files },
      files.map(({ bytes }) => bytes),
    );
  }
}
