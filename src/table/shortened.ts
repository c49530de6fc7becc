/** A text of a file as an error shows it: a hostile one may be long, or break lines. @internal */
export const shortened = (text: string | undefined): string => {
  const line = (text ?? "").slice(0, 61).replace(/\p{Cc}/gu, "·");
  return line.length > 60 ? `${line.slice(0, 60)}...` : line;
};
