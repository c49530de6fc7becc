import { tensor } from "gradus";

export const x: string = tensor([1]);
