// All exports of the main entry.
export * from "gradus";
