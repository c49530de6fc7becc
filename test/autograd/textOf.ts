/** `Name: message` of what a call throws. */
export const textOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  return "nothing was thrown";
};
